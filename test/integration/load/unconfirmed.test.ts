import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { CliFolder } from '../../support/cli.js';

// Against an ingest server whose Kafka does not respond: whether the event is stored is unknown.

const eventId = '0197a2b0-0000-7000-8000-000000000001';
const flags = ['--type', 'seen', '--player', 'p', '--game', 'g', '--event-id', eventId];
const folder = new CliFolder();
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/healthz') {
      response.end();
      return;
    }
    response.writeHead(503, { 'content-type': 'application/problem+json' });
    response.end('{"detail":"Kafka does not answer"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.close();
  await folder[Symbol.asyncDispose]();
});

it('an unconfirmed event is not reported as lost and can be sent again', async () => {
  const [one, json, lines] = await Promise.all([
    folder.run('send', ...flags, '--url', url),
    folder.run('send', ...flags, '--url', url, '--json'),
    folder.runWith({ input: '{}\n{}\n' }, 'send', '-', '--url', url),
  ]);
  expect(one).toMatchObject({ code: 18, stdout: '' });
  expect(one.stderr).toBe(
    'error: not confirmed as stored: Kafka does not answer\n' +
      `It may still be stored; sent again with --event-id ${eventId}, it counts once.\n`,
  );
  expect(json).toMatchObject({ code: 18, stderr: '' });
  expect(JSON.parse(json.stdout)).toEqual({
    status: 'failed',
    detail: 'Kafka does not answer',
    event_id: eventId,
  });
  expect(lines).toMatchObject({ code: 18, stdout: '' });
  expect(lines.stderr).toMatch(
    /^error: line 1: not confirmed .+\nIt and the lines after it may .+\n$/,
  );
});
