import { Command, Errors, Flags } from '@oclif/core';

import { applyConfigFile } from '../../config/configFile.js';
import { environment } from '../../config/environment.js';
import { printableLines } from '../../ui/terminal/text.js';
import { exitCodes, Failure } from '../../util/failure.js';
import { jsonWanted } from './jsonWanted.js';
import { written } from './written.js';

/**
 * What every command shares: how results and errors are printed, and what they exit with.
 * A Failure is shown as `error: …` with its cure on stderr, or with --json as one object
 * `{"error": {message, cure, exit}}` on stdout; its exit code is exitCodes'. Any other error is a
 * bug: exit code 1, with its stack.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      summary: 'Print JSON alone on stdout.',
      env: 'GAMEMETRICS_JSON',
      helpGroup: 'GLOBAL',
    }),
  };

  /** oclif reads the variables of flags itself, so what stands in for one has to be one by then. */
  protected override async init(): Promise<void> {
    await super.init();
    await applyConfigFile(process.cwd());
  }

  /** Prints a result: the value as JSON with --json, its lines otherwise. */
  protected print(json: boolean, value: unknown, lines: () => readonly string[]): void {
    if (json) this.log(JSON.stringify(value, undefined, 2));
    else for (const line of lines()) this.log('%s', line);
  }

  override catch(error: Error): Promise<never> {
    if (error instanceof Errors.ExitError) throw error;
    const shown = shownError(error, this.id);
    if (jsonWanted(this.argv, environment())) this.log(JSON.stringify({ error: shown.json }));
    else for (const line of shown.lines) this.logToStderr('%s', printableLines(line));
    this.exit(shown.exitCode);
  }

  /** The process ends once this has settled. */
  protected override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error);
    await Promise.all([written(process.stdout), written(process.stderr)]);
  }
}

interface ShownError {
  readonly exitCode: number;
  readonly json: { readonly message: string; readonly cure?: string; readonly exit: string };
  readonly lines: readonly string[];
}

function shownError(error: Error, command: string | undefined): ShownError {
  const failure = asFailure(error, command);
  if (failure === undefined) {
    const trace = error.stack ?? error.message;
    return {
      exitCode: exitCodes.bug,
      json: { message: error.message, exit: 'bug' },
      lines: ['error: this is a bug in gamemetrics:', trace],
    };
  }
  const { message, cure, exit } = failure;
  return {
    exitCode: exitCodes[exit],
    json: { message, ...(cure === undefined ? {} : { cure }), exit },
    // Who has pressed Ctrl-C knows that it is no error.
    lines:
      exit === 'interrupted'
        ? [message]
        : [`error: ${message}`, ...(cure === undefined ? [] : [cure])],
  };
}

/** A wrong flag or argument, which oclif finds, is the user's mistake like any other. */
function asFailure(error: Error, command: string | undefined): Failure | undefined {
  if (error instanceof Failure) return error;
  if (!(error instanceof Errors.CLIError)) return undefined;
  const message = error.message.replace(/\nSee more help with --help$/, '');
  const cure = `See: gamemetrics ${command?.replaceAll(':', ' ') ?? ''} --help`;
  return new Failure(message, { exit: 'usage', cure });
}
