import { describe, expect, it } from 'vitest';

import { parseProcessMessage, reportedFailure, type ProcessMessage } from './processMessages.js';

describe('parseProcessMessage', () => {
  it.each<ProcessMessage>([
    { type: 'ready' },
    { type: 'ready', url: 'http://127.0.0.1:8080' },
    { type: 'progress', line: 'starting redis' },
    { type: 'failed', code: 'invalid_setting', message: 'port 8080 is in use', cure: 'Stop it.' },
    { type: 'failed', code: 'LISTEN_FAILED', message: 'cannot listen' },
  ])('accepts $type', (message) => {
    expect(parseProcessMessage(message)).toEqual(message);
  });

  it.each([
    [undefined],
    [null],
    ['ready'],
    [[]],
    [{}],
    [{ type: 'stopped' }],
    [{ type: 'ready', url: 8080 }],
    [{ type: 'progress' }],
    [{ type: 'failed', code: 'invalid_setting' }],
    [{ type: 'failed', code: 18, message: 'no' }],
    [{ type: 'failed', code: 'invalid_setting', message: 'no', cure: null }],
    [{ type: 'failed', code: 'invalid_setting', message: 'no', facts: { name: 1 } }],
  ])('rejects %j', (value) => {
    expect(parseProcessMessage(value)).toBeUndefined();
  });

  it('drops fields that are not part of the message', () => {
    const line = 'starting redis';
    const message = parseProcessMessage({ type: 'progress', line, pid: 7 });
    expect(message).toStrictEqual({ type: 'progress', line });
  });
});

describe('reportedFailure', () => {
  it('keeps the code, the message, the cure and the facts', () => {
    const cure = 'Stop what listens there.';
    const message = 'port 8080 is in use';
    const facts = { name: 'second' };
    expect(
      reportedFailure({ type: 'failed', code: 'never_ran', message, cure, facts }),
    ).toMatchObject({
      message,
      code: 'never_ran',
      cure,
      facts,
    });
  });

  it.each(['LISTEN_FAILED', 'toString'])('takes another code, %s, for a failed service', (code) => {
    const failure = reportedFailure({ type: 'failed', code, message: 'no' });
    expect(failure).toMatchObject({ code: 'service_failed', cure: undefined });
  });
});
