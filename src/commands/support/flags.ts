import { Flags } from '@oclif/core';

import { defaultInstance, stackChoices } from '../../stack/index.js';

/** Selects the instance. */
export const nameFlag = Flags.string({
  char: 'n',
  summary: 'Name of the instance.',
  env: 'GAMEMETRICS_NAME',
  default: defaultInstance,
  helpValue: 'NAME',
});

export const stackFlag = Flags.option({
  options: stackChoices,
  summary: 'What the pipeline runs on.',
  description:
    'external: the services that KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL and REDIS_URL (or their ' +
    'DB_* and REDIS_* parts) name. docker: containers. embedded: processes on this machine. ' +
    'auto: external if one of these variables is set, else docker if an engine answers, else ' +
    'embedded; an instance that has data keeps its stack.',
  env: 'GAMEMETRICS_STACK',
  default: 'auto' as const,
})();

export const isolateFlag = Flags.boolean({
  summary: 'Run each role in its own process.',
  env: 'GAMEMETRICS_ISOLATE',
});

export const portFlag = Flags.integer({
  char: 'p',
  summary: 'Port of the HTTP API; startup fails if it is in use.',
  env: 'GAMEMETRICS_PORT',
  min: 1,
  max: 65_535,
  helpValue: 'PORT',
});

/** How long to wait, in the format of parseDuration. */
export const timeoutFlag = Flags.string({
  summary: 'Maximum time to wait.',
  env: 'GAMEMETRICS_TIMEOUT',
  default: '60s',
  helpValue: 'TIME',
});
