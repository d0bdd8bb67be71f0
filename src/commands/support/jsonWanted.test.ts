import { expect, it } from 'vitest';

import { jsonWanted } from './jsonWanted.js';

it.each([
  [['--json'], {}, true],
  [['event', '--json', '--', 'x'], {}, true],
  [['--', '--json'], {}, false],
  [[], { GAMEMETRICS_JSON: '1' }, true],
  [[], { GAMEMETRICS_JSON: 'Yes' }, true],
  [[], { GAMEMETRICS_JSON: '0' }, false],
  [[], { GAMEMETRICS_JSON: '' }, false],
  [[], {}, false],
])('jsonWanted(%j, %j) is %s', (argv, env, expected) => {
  expect(jsonWanted(argv, env)).toBe(expected);
});
