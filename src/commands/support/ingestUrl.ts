import { Flags } from '@oclif/core';

import { environment } from '../../config/environment.js';
import { Failure } from '../../config/failure.js';
import { IngestClient } from '../../generators/client.js';
import { findTarget } from './target.js';

const urlVariable = 'GAMEMETRICS_URL';

/** Without oclif's `env`: a --name that is typed wins over the variable. */
export const urlFlag = Flags.string({
  summary: `Address of the ingest server, instead of an instance's; ${urlVariable} sets it too.`,
  helpValue: 'URL',
});

/** Which flags say where ingest is, as oclif has parsed them. */
export interface IngestFlags {
  readonly flags: { readonly url?: string | undefined; readonly name: string };
  /** What was typed. */
  readonly raw: readonly { readonly type: string; readonly flag?: string }[];
}

/**
 * The address of the ingest server: --url, else a --name that was typed, else GAMEMETRICS_URL, else
 * the instance. A server answers there.
 * @throws Failure (usage) where it is no URL, (notRunning) where nobody is there
 */
export async function findIngest({ flags, raw }: IngestFlags): Promise<string> {
  const env = environment();
  const named = raw.some((token) => token.flag === 'name');
  const variable = env[urlVariable] === '' || named ? undefined : env[urlVariable];
  const url = flags.url ?? variable;
  const found = url === undefined ? urlOfInstance(flags.name) : checkedUrl(url);
  const client = new IngestClient(found, 1);
  try {
    const problem = await client.problem();
    if (problem === undefined) return found;
    throw new Failure(`no ingest server at ${found}: ${problem}`, {
      exit: 'notRunning',
      cure: 'Start one: gamemetrics up --detach, or correct --url.',
    });
  } finally {
    await client.close();
  }
}

function urlOfInstance(name: string): string {
  const { url } = findTarget(name);
  if (url !== undefined) return url;
  throw new Failure('the address of ingest is not known', {
    exit: 'notRunning',
    cure: `Give it with --url or ${urlVariable}; an instance that starts has it once it runs.`,
  });
}

/** Its user and password, if any, are not shown. */
function checkedUrl(text: string): string {
  if (/^https?:\/\//i.test(text) && URL.canParse(text)) return new URL(text).origin;
  throw new Failure('that is not the address of an ingest server', {
    exit: 'usage',
    cure: `Give --url (or ${urlVariable}) something like http://127.0.0.1:8080.`,
  });
}
