import { describe } from 'vitest';

import { testLevelUp } from '../support/levelUp.js';

describe('a player levels up on the embedded stack', () => testLevelUp('embedded'));
