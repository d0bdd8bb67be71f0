import { Flags } from '@oclif/core';

import { findTarget } from '../../app/target.js';
import { environment } from '../../config/environment.js';
import { checkedUrl, ingestUrlOf, urlVariable } from '../../config/ingestUrl.js';
import { IngestClient } from '../../load/client.js';
import { Failure } from '../../util/failure.js';

/** Without oclif's `env`: a --name on the command line takes precedence over the variable. */
export const urlFlag = Flags.string({
  summary: `Address of the ingest server, instead of an instance's; also set by ${urlVariable}.`,
  helpValue: 'URL',
});

/** The flags that select the ingest server, as parsed by oclif. */
export interface IngestFlags {
  readonly flags: { readonly url?: string | undefined; readonly name: string };
  /** The tokens of the command line. */
  readonly raw: readonly { readonly type: string; readonly flag?: string }[];
}

/**
 * Finds the ingest server: --url, else a --name on the command line, else GAMEMETRICS_URL, else the
 * default instance.
 * @returns the address of a server that answers
 * @throws Failure (invalid_argument) if the address is not a URL, (not_running) if no server answers
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
      code: 'not_running',
      cure: 'Start one with "gamemetrics up --detach", or correct --url.',
    });
  } finally {
    await client.close();
  }
}

function urlOfInstance(name: string): string {
  const { url } = findTarget(name);
  if (url !== undefined) return url;
  throw new Failure('the address of the ingest server is unknown', {
    code: 'not_running',
    cure: `Give it with --url or ${urlVariable}; an instance has an address once it runs.`,
  });
}
