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
      /does not let the user "gamemetrics" in \(SCRAM-SHA-512\)/,
      /KAFKA_PASSWORD/,
    ],
    [
      'a wrong user',
      () => ({ ...kafkaTo(unencrypted), KAFKA_USERNAME: 'nobody' }),
      /does not let the user "nobody" in/,
      /KAFKA_USERNAME/,
    ],
    [
      'an unsupported mechanism',
      () => ({ ...kafkaTo(encrypted), KAFKA_SASL_MECHANISM: 'PLAIN' }),
      /does not take PLAIN, but SCRAM-SHA-512/,
      /KAFKA_SASL_MECHANISM/,
    ],
    [
      'no user',
      () => kafkaTo({ brokers: unencrypted.brokers }),
      /wants a user, and none is given/,
      /KAFKA_USERNAME and KAFKA_PASSWORD/,
    ],
    [
      'no TLS',
      () => ({ ...kafkaTo(encrypted), KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }),
      /speaks TLS, and KAFKA_SECURITY_PROTOCOL says otherwise/,
      /SASL_SSL/,
    ],
    [
      'TLS where there is none',
      () => ({ ...kafkaTo({ ...encrypted, brokers: open.brokers }) }),
      /no TLS with Kafka at .*: it ends the connection in the handshake/,
      /KAFKA_BOOTSTRAP_SERVERS/,
    ],
    [
      'no authority',
      () => ({ ...kafkaTo(encrypted), KAFKA_SSL_CA_FILE: '' }),
      /nobody that is trusted has signed the server's certificate/,
      /KAFKA_SSL_CA_FILE/,
    ],
    [
      'another authority',
      () => ({ ...kafkaTo(encrypted), KAFKA_SSL_CA_FILE: makeCertificates().otherCa.cert }),
      /nobody that is trusted has signed the server's certificate/,
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
