import { describe, expect, it } from 'vitest';

import { kafkaTo } from '../../../../src/config/endpoints/kafka.js';
import { endpointsFromEnvironment, type Environment } from '../../../../src/config/endpoints.js';
import { saslKafka } from '../../../support/saslKafka.js';
import { makeCertificates } from '../support/certificates.js';
import { refusalOf, type Refusal } from '../support/refusal.js';

const kafka = saslKafka();

const check = async (env: Environment): Promise<Refusal | undefined> => refusalOf('kafka', env);

describe.skipIf(kafka === undefined)('Kafka with SASL', () => {
  const { encrypted, unencrypted, open } = kafka ?? {
    encrypted: { brokers: [] },
    unencrypted: { brokers: [] },
    open: { brokers: [] },
  };

  it('authenticates a user with the right password, with and without TLS', async () => {
    for (const endpoint of [encrypted, unencrypted, open]) {
      expect(await check(kafkaTo(endpoint))).toBeUndefined();
    }
  });

  it('derives the protocol and mechanism from a username, with or without a CA', () => {
    const derived = { KAFKA_SECURITY_PROTOCOL: '', KAFKA_SASL_MECHANISM: '' };
    for (const endpoint of [encrypted, unencrypted]) {
      const env = { ...kafkaTo(endpoint), ...derived };
      expect(endpointsFromEnvironment(env).kafka).toEqual(endpoint);
    }
  });

  it.each<[string, () => Environment, RegExp, RegExp]>([
    [
      'a wrong password',
      () => ({ ...kafkaTo(encrypted), KAFKA_PASSWORD: 'wrong' }),
      /rejects the credentials of the user "gamemetrics" \(SCRAM-SHA-512\)/,
      /KAFKA_PASSWORD/,
    ],
    [
      'a wrong user',
      () => ({ ...kafkaTo(unencrypted), KAFKA_USERNAME: 'nobody' }),
      /rejects the credentials of the user "nobody"/,
      /KAFKA_USERNAME/,
    ],
    [
      'an unsupported mechanism',
      () => ({ ...kafkaTo(encrypted), KAFKA_SASL_MECHANISM: 'PLAIN' }),
      /does not support PLAIN, only SCRAM-SHA-512/,
      /KAFKA_SASL_MECHANISM/,
    ],
    [
      'no user',
      () => kafkaTo({ brokers: unencrypted.brokers }),
      /requires a user, but none is configured/,
      /KAFKA_USERNAME and KAFKA_PASSWORD/,
    ],
    [
      'no TLS',
      () => ({ ...kafkaTo(encrypted), KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }),
      /uses TLS, but KAFKA_SECURITY_PROTOCOL does not enable it/,
      /SASL_SSL/,
    ],
    [
      'TLS where there is none',
      () => ({ ...kafkaTo({ ...encrypted, brokers: open.brokers }) }),
      /cannot establish TLS with Kafka at .*: the server closed the connection during the handshake/,
      /KAFKA_BOOTSTRAP_SERVERS/,
    ],
    [
      'no authority',
      () => ({ ...kafkaTo(encrypted), KAFKA_SSL_CA_FILE: '' }),
      /the server's certificate is not signed by a trusted authority/,
      /KAFKA_SSL_CA_FILE/,
    ],
    [
      'another authority',
      () => ({ ...kafkaTo(encrypted), KAFKA_SSL_CA_FILE: makeCertificates().otherCa.cert }),
      /the server's certificate is not signed by a trusted authority/,
      /KAFKA_SSL_CA_FILE/,
    ],
  ])('reports %s', async (_what, env, message, cure) => {
    const refusal = await check(env());
    expect(refusal).toMatchObject({ code: 18 });
    expect(refusal?.message).toMatch(message);
    expect(refusal?.cure).toMatch(cure);
    expect(refusal?.seconds).toBeLessThan(15);
    expect(`${refusal?.message}${refusal?.cure}`).not.toMatch(/gamemetrics-secret|wrong/);
  });
});
