import { Command, Errors, Flags } from '@oclif/core';

import { exitCodes, exitReasonOf, fixOf, ownFixOf, type ExitReason } from '../../app/exits.js';
import { applyConfigFile } from '../../config/configFile.js';
import { environment } from '../../config/environment.js';
import { printableLines } from '../../ui/terminal/text.js';
import { Failure } from '../../util/failure.js';
import { sendToParent, type FailedMessage } from '../../util/processMessages.js';
import { jsonWanted } from './jsonWanted.js';
import { written } from './written.js';

/**
 * What every command shares: how it prints results and errors, and its exit codes.
 * A Failure is printed as `error: …` with its cure on stderr, or with --json as one object
 * `{"error": {message, cure, exit}}` on stdout; exitCodes has its exit code. Any other error is a
 * bug: exit code 1, with its stack. A parent process with an IPC channel receives the same.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      summary: 'Print JSON alone on stdout.',
      env: 'GAMEMETRICS_JSON',
      helpGroup: 'GLOBAL',
    }),
  };

  /** oclif reads the variables of flags while it parses, so the config file has to set them before. */
  protected override async init(): Promise<void> {
    await super.init();
    await applyConfigFile(process.cwd());
  }

  /** Prints a result: the value as JSON with --json, its lines otherwise. */
  protected print(json: boolean, value: unknown, lines: () => readonly string[]): void {
    if (json) this.log(JSON.stringify(value, undefined, 2));
    else for (const line of lines()) this.log('%s', line);
  }

  override async catch(error: Error): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const { exit, message, cure, json, report } = reportOf(error, this.id);
    if (jsonWanted(this.argv, environment())) {
      this.log(JSON.stringify({ error: json }));
    } else {
      // An interrupt is what the user asked for, and no error.
      const headline = exit === 'interrupted' ? message : `error: ${message}`;
      for (const line of cure === undefined ? [headline] : [headline, cure]) {
        this.logToStderr('%s', printableLines(line));
      }
    }
    await sendToParent(report);
    this.exit(exitCodes[exit]);
  }

  /** The process ends once this has settled. */
  protected override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error);
    await Promise.all([written(process.stdout), written(process.stderr)]);
  }
}

interface ErrorReport {
  readonly exit: ExitReason;
  readonly message: string;
  readonly cure: string | undefined;
  /** For a parent process. */
  readonly report: FailedMessage;
  /** With --json. */
  readonly json: { readonly message: string; readonly cure?: string; readonly exit: ExitReason };
}

function reportOf(error: Error, command: string | undefined): ErrorReport {
  const failure = asFailure(error, command);
  if (failure === undefined) {
    const message = `this is a bug in gamemetrics: ${error.stack ?? error.message}`;
    return {
      exit: 'bug',
      message,
      cure: undefined,
      report: { type: 'failed', code: 'bug', message },
      json: { message: error.message, exit: 'bug' },
    };
  }
  const { code, message, facts } = failure;
  const exit = exitReasonOf(failure);
  const cure = fixOf(failure);
  return {
    exit,
    message,
    cure,
    report: { type: 'failed', code, message, cure: ownFixOf(failure), facts },
    json: { message, ...(cure === undefined ? {} : { cure }), exit },
  };
}

/** A wrong flag or argument, which oclif rejects, is a usage error like any other. */
function asFailure(error: Error, command: string | undefined): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Errors.CLIError)) return undefined;
  // oclif puts the reason on a line of its own, behind a tab.
  const message = error.message
    .replace(/\nSee more help with --help$/, '')
    .replaceAll(/\s*\n\t/g, ': ');
  const cure = `See: gamemetrics ${command?.replaceAll(':', ' ') ?? ''} --help`;
  return new Failure(message, { code: 'invalid_argument', cure });
}
