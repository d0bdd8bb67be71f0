import { Args, Flags } from '@oclif/core';
import { v7 as uuidv7 } from 'uuid';

import { exitCodes } from '../app/exits.js';
import { followEvent } from '../app/followEvent.js';
import { findTarget } from '../app/target.js';
import { clientApiKey } from '../config/apiKeys.js';
import { environment } from '../config/environment.js';
import { IngestClient, type Outcome } from '../load/client.js';
import { sendLines } from '../load/lines.js';
import { printable } from '../ui/terminal/text.js';
import { parseDuration } from '../util/duration.js';
import { Failure } from '../util/failure.js';
import { BaseCommand } from './support/base.js';
import { nameFlag, timeoutFlag } from './support/flags.js';
import { findIngest, urlFlag } from './support/ingestUrl.js';

const linesCure = 'It and the lines after it may still be stored; a repeated event_id counts once.';

/** Only the deadline ends a send; Ctrl-C ends the process. */
const delivery = { deadlineMs: 10_000, signal: new AbortController().signal };

export default class Send extends BaseCommand {
  static override summary = 'Send one event, or NDJSON from stdin.';
  static override description =
    'Prints the event_id of each accepted event. If ingest cannot accept an event now, it is ' +
    'retried with the same event_id for ten seconds and counts once. With --follow, then prints ' +
    'each stage of the pipeline as it happens.\n\nExit codes: 0 all accepted, 2 wrong flags, 7 ' +
    'no ingest server, 17 --follow timed out, 18 not confirmed as stored, 99 some were rejected ' +
    '(the reasons are on stderr).';
  static override examples = [
    `<%= config.bin %> <%= command.id %> --type player_score --player p1 --game g1 --data '{"score":5}'`,
    '<%= config.bin %> <%= command.id %> --type session_start --player p1 --game g1 --follow',
    '<%= config.bin %> <%= command.id %> - < events.ndjson',
  ];
  static override args = {
    input: Args.string({
      ignoreStdin: true,
      description: 'A hyphen reads NDJSON from stdin.',
      options: ['-'],
    }),
  };
  static override flags = {
    name: nameFlag,
    url: urlFlag,
    type: Flags.string({ summary: 'The event_type.' }),
    player: Flags.string({ summary: 'The player_id.' }),
    game: Flags.string({ summary: 'The game_id.' }),
    timestamp: Flags.string({ summary: 'The event time (RFC 3339; now by default).' }),
    data: Flags.string({ summary: 'The data, a JSON object.', default: '{}' }),
    'event-id': Flags.string({ summary: 'The event_id, a UUID (a new one by default).' }),
    follow: Flags.boolean({
      char: 'f',
      summary: 'Then wait, and print each stage as it happens (with --json, one object per line).',
      env: 'GAMEMETRICS_FOLLOW',
    }),
    timeout: timeoutFlag,
  };

  async run(): Promise<void> {
    const parsed = await this.parse(Send);
    const { flags, args } = parsed;
    const { json } = flags;
    const event = args.input === '-' ? undefined : eventOf(flags);
    // Fails before the event is sent if it cannot be followed.
    const follow = flags.follow ? this.#follower(event, flags) : undefined;
    const apiKey = clientApiKey(environment());
    const client = new IngestClient(await findIngest(parsed), 1, apiKey);
    let exit: number;
    try {
      exit =
        event === undefined
          ? await this.#sendStdin(client, json)
          : await this.#sendOne(client, event, json, follow);
    } finally {
      await client.close();
    }
    this.exit(exit);
  }

  async #sendOne(
    client: IngestClient,
    event: SentEvent,
    json: boolean,
    follow: ((eventId: string) => Promise<void>) | undefined,
  ): Promise<number> {
    const outcome = await client.sendOne(JSON.stringify(event), delivery);
    const { event_id } = event;
    if (!json) {
      const cure = `It may still be stored; sent again with --event-id ${event_id}, it counts once.`;
      this.#printOutcome(outcome, '', cure);
    } else {
      // The stages follow, one per line.
      const indent = follow === undefined ? 2 : 0;
      this.log('%s', JSON.stringify({ ...resultOf(outcome), event_id }, undefined, indent));
    }
    if (outcome.kind === 'accepted') await follow?.(outcome.eventId);
    return exitOf(outcome);
  }

  /** @throws Failure (invalid_argument) if there is not a single event, (not_running) if no stores are known */
  #follower(event: SentEvent | undefined, { name, timeout, json }: FollowFlags) {
    if (event === undefined) {
      throw new Failure('--follow follows a single event, not events from stdin', {
        code: 'invalid_argument',
        cure: 'To follow all stored events: gamemetrics get events --follow',
      });
    }
    const { endpoints } = findTarget(name);
    const print = (line: string) => this.log('%s', line);
    const options = { timeoutMs: parseDuration(timeout), json, print };
    return (eventId: string) => followEvent(endpoints, eventId, options);
  }

  /** Prints the result of each line as it arrives; with --json, all of them at the end. */
  async #sendStdin(client: IngestClient, json: boolean): Promise<number> {
    const results: object[] = [];
    let exit: number = exitCodes.ok;
    process.stdin.setEncoding('utf8');
    const input = process.stdin as AsyncIterable<string>;
    for await (const { line, outcome } of sendLines(client, input, delivery)) {
      if (json) results.push({ line, ...resultOf(outcome) });
      else this.#printOutcome(outcome, `line ${line}: `, linesCure);
      if (outcome.kind !== 'accepted') exit = exitOf(outcome);
      // Ingest no longer answers: every further line would only time out.
      if (outcome.kind === 'failed') break;
    }
    if (json) this.log(JSON.stringify(results, undefined, 2));
    return exit;
  }

  /** @param cure what to do if the event is not confirmed */
  #printOutcome(outcome: Outcome, where: string, cure: string): void {
    if (outcome.kind === 'accepted') {
      this.log('%s', outcome.eventId);
    } else {
      for (const what of problemsOf(outcome)) {
        this.logToStderr('error: %s%s', where, printable(what));
      }
    }
    if (outcome.kind === 'failed') this.logToStderr('%s', cure);
  }
}

interface FollowFlags {
  readonly name: string;
  readonly timeout: string;
  readonly json: boolean;
}

interface EventFlags {
  readonly type?: string | undefined;
  readonly player?: string | undefined;
  readonly game?: string | undefined;
  readonly timestamp?: string | undefined;
  readonly data: string;
  readonly 'event-id'?: string | undefined;
}

interface SentEvent {
  readonly event_id: string;
  readonly [field: string]: unknown;
}

/** Builds the event from the flags; ingest validates it. */
function eventOf(flags: EventFlags): SentEvent {
  const missing = (['type', 'player', 'game'] as const).filter((flag) => flags[flag] === undefined);
  if (missing.length > 0) {
    throw new Failure(`missing: ${missing.map((flag) => `--${flag}`).join(', ')}`, {
      code: 'invalid_argument',
      cure: 'An event needs a type, a player and a game; or give - to read NDJSON from stdin.',
    });
  }
  return {
    event_id: flags['event-id'] ?? uuidv7(),
    event_type: flags.type,
    player_id: flags.player,
    game_id: flags.game,
    timestamp: flags.timestamp ?? new Date().toISOString(),
    data: dataOf(flags.data),
  };
}

function dataOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure(`--data is not JSON: ${(cause as SyntaxError).message}`, {
      code: 'invalid_argument',
      cure: `Quote it for the shell: --data '{"score": 5}'`,
      cause,
    });
  }
}

/** An outcome as --json shows it. */
function resultOf(outcome: Outcome): object {
  switch (outcome.kind) {
    case 'accepted':
      return { status: 'success', event_id: outcome.eventId };
    case 'rejected':
      return { status: 'rejected', detail: outcome.detail, errors: outcome.errors };
    case 'failed':
      return { status: 'failed', detail: outcome.detail };
  }
}

function problemsOf(outcome: Exclude<Outcome, { kind: 'accepted' }>): string[] {
  if (outcome.kind === 'failed') return [`not confirmed as stored: ${outcome.detail}`];
  if (outcome.errors.length === 0) return [outcome.detail];
  return outcome.errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

function exitOf(outcome: Outcome): number {
  return {
    accepted: exitCodes.ok,
    rejected: exitCodes.checkFailed,
    failed: exitCodes.serviceFailed,
  }[outcome.kind];
}
