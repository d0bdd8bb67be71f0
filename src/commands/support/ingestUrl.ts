import { Flags } from '@oclif/core';

import { findTarget } from '../../app/target.js';
import { environment } from '../../config/environment.js';
import { checkedUrl, ingestUrlOf, urlVariable } from '../../config/ingestUrl.js';
import { IngestClient } from '../../load/client.js';
import { Failure } from '../../util/failure.js';

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
  const named = raw.some((token) => token.flag === 'name');
  const given = flags.url === undefined ? undefined : checkedUrl(flags.url);
  const found =
    given ?? (named ? undefined : ingestUrlOf(environment())) ?? urlOfInstance(flags.name);
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
