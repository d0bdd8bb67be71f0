import type { Facts, Failure, FailureCode } from '../util/failure.js';

/** Exit codes of the command line; each names what a script may want to react to. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  notRunning: 7,
  timeout: 17,
  serviceFailed: 18,
  checkFailed: 99,
  interrupted: 130,
} as const;

export type ExitReason = keyof typeof exitCodes;

interface Exit {
  readonly exit: ExitReason;
  /** The command that fixes it, in a sentence. */
  readonly fix?: (facts: Facts) => string;
}

const lagging =
  'See which group lags with "gamemetrics tail --view lag", and why with "gamemetrics logs".';

/** How the command line ends for each kind of failure. */
const exits: Readonly<Record<FailureCode, Exit>> = {
  already_running: {
    exit: 'serviceFailed',
    fix: () => 'See it with "gamemetrics status", or stop it with "gamemetrics down".',
  },
  // Reported by another process: in this one, a bug is an error of another type.
  bug: { exit: 'bug' },
  check_failed: { exit: 'checkFailed' },
  data_unusable: {
    exit: 'serviceFailed',
    fix: ({ directory = '' }) =>
      `Delete the instance's data with "gamemetrics down --wipe", or move ${directory} away to keep ` +
      'it; then run "gamemetrics up" again.',
  },
  dead_letter: {
    exit: 'checkFailed',
    fix: ({ eventId = '' }) => `See "gamemetrics get event ${eventId}".`,
  },
  external_unusable: {
    exit: 'serviceFailed',
    fix: () => "To run on services of gamemetrics' own instead: --stack embedded.",
  },
  instance_crashed: {
    exit: 'notRunning',
    fix: (facts) =>
      `Start it again, with its data: gamemetrics up${nameFlag(facts)} --detach\n` +
      `Or only clear what it left: gamemetrics down${nameFlag(facts)}`,
  },
  instance_not_running: {
    exit: 'notRunning',
    fix: start,
  },
  interrupted: { exit: 'interrupted' },
  invalid_argument: { exit: 'usage' },
  invalid_file: { exit: 'usage' },
  invalid_setting: { exit: 'usage' },
  logger_behind: {
    exit: 'serviceFailed',
    fix: () =>
      'Start it, or see why it makes no progress with "gamemetrics status"; then repair again.',
  },
  never_ran: { exit: 'notRunning', fix: start },
  not_arrived: { exit: 'timeout', fix: () => lagging },
  not_drained: { exit: 'timeout', fix: () => lagging },
  not_running: { exit: 'notRunning' },
  privileges_missing: {
    exit: 'serviceFailed',
    fix: () =>
      'Grant the user CREATE on the schema, or run "gamemetrics run migrate" as its owner and grant ' +
      'the user SELECT, INSERT, UPDATE and DELETE on its tables.',
  },
  schema_missing: {
    exit: 'serviceFailed',
    fix: () => 'Create the tables first: gamemetrics run migrate',
  },
  schema_outdated: {
    exit: 'serviceFailed',
    fix: () => 'Apply them first: gamemetrics run migrate',
  },
  service_failed: { exit: 'serviceFailed' },
  started_meanwhile: { exit: 'serviceFailed', fix: () => 'Run "gamemetrics down" again.' },
  stop_in_progress: {
    exit: 'timeout',
    fix: () => 'Wait for it, or end it, and run "gamemetrics down" again.',
  },
  store_unavailable: {
    exit: 'serviceFailed',
    fix: () => 'Check that it is running and that its address is right: gamemetrics doctor',
  },
  timeout: { exit: 'timeout' },
  topics_missing: {
    exit: 'serviceFailed',
    fix: () =>
      'Create them with "gamemetrics run migrate", or grant the Describe permission on them.',
  },
};

export function exitReasonOf({ code }: Failure): ExitReason {
  return exits[code].exit;
}

export function exitCodeOf(failure: Failure): number {
  return exitCodes[exitReasonOf(failure)];
}

/** What the user can do about a failure, in one or a few lines; undefined if nothing is known. */
export function fixOf(failure: Failure): string | undefined {
  return joined([ownFixOf(failure), exits[failure.code].fix?.(failure.facts)]);
}

/** The same without the command that the failure's own code stands for. */
export function ownFixOf({ cure, parts }: Failure): string | undefined {
  return joined([cure, ...parts.map(fixOf)]);
}

function joined(fixes: readonly (string | undefined)[]): string | undefined {
  const lines = new Set(fixes.filter((fix) => fix !== undefined && fix !== ''));
  return lines.size === 0 ? undefined : [...lines].join('\n');
}

function start(facts: Facts): string {
  return `Start it: gamemetrics up${nameFlag(facts)} --detach`;
}

function nameFlag({ name }: Facts): string {
  return name === undefined ? '' : ` --name ${name}`;
}
