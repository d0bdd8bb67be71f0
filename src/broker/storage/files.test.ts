import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { replaceFile } from './files.js';

test('a failed replacement leaves no temporary file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'files-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const target = join(dir, 'target');
  mkdirSync(target);
  expect(() => replaceFile(target, 'content')).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
  expect(readdirSync(dir)).toEqual(['target']);
});
