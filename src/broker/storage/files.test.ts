import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { replaceFile } from './files.js';

test('a file that cannot be replaced leaves nothing beside it', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'files-'));
  onTestFinished(() => fs.rmSync(dir, { recursive: true, force: true }));
  const target = path.join(dir, 'target');
  fs.mkdirSync(target);
  expect(() => replaceFile(target, 'content')).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
  expect(fs.readdirSync(dir)).toEqual(['target']);
});
