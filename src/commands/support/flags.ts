import { Flags } from '@oclif/core';

import { defaultInstance, stackChoices } from '../../stack/index.js';

/** Which instance a command is about. */
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
    'DB_* and REDIS_* parts) name. docker: containers. embedded: processes of this machine. auto: ' +
    'external where one of these variables is set, else docker where an engine answers, else ' +
    'embedded; an instance with data stays where its data is.',
  env: 'GAMEMETRICS_STACK',
  default: 'auto' as const,
})();

export const isolateFlag = Flags.boolean({
  summary: 'Run each role in a process of its own.',
  env: 'GAMEMETRICS_ISOLATE',
});

export const portFlag = Flags.integer({
  char: 'p',
  summary: 'Port of the HTTP API; it fails where that is in use.',
  env: 'GAMEMETRICS_PORT',
  min: 1,
  max: 65_535,
  helpValue: 'PORT',
});

/** How long to wait for something: text for parseDuration. */
export const timeoutFlag = Flags.string({
  summary: 'How long to wait at most.',
  env: 'GAMEMETRICS_TIMEOUT',
  default: '60s',
  helpValue: 'TIME',
});
