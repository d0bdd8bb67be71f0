import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { boundLog, LogReader, openLog, tailLog } from './logFile.js';

let file: string;
beforeEach(() => {
  const directory = mkdtempSync(join(tmpdir(), 'gamemetrics-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  file = join(directory, 'worker.log');
});

describe('boundLog', () => {
  it('rotates a log while its process writes, and keeps at most two files', () => {
    const descriptor = openLog(file);
    const line = (number: number): string => `line ${number} ${'x'.repeat(90)}\n`;
    for (let number = 0; number < 1_000; number += 1) {
      writeSync(descriptor, line(number));
      boundLog(file, 10_000);
    }
    closeSync(descriptor);
    expect(statSync(file).size).toBeLessThan(10_000);
    expect(statSync(`${file}.1`).size).toBeLessThan(11_000);
    expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600);
    // The process appends at the new end of the file: there is no hole before its next line.
    const kept = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8');
    expect(kept).not.toContain('\0');
    expect(kept.endsWith(line(998) + line(999))).toBe(true);
    expect(tailLog(file, 1)).toEqual([line(999).trimEnd()]);
  });

  it('ignores a log that is small or does not exist', () => {
    boundLog(file, 10);
    appendFileSync(file, 'short\n');
    boundLog(file, 10);
    expect(readFileSync(file, 'utf8')).toBe('short\n');
    expect(() => statSync(`${file}.1`)).toThrow();
  });

  it('does not disturb a reader that follows the log', () => {
    appendFileSync(file, 'one\ntwo\n');
    const reader = new LogReader(file, 0);
    expect(reader.read()).toEqual(['one', 'two']);
    boundLog(file, 4);
    appendFileSync(file, 'new\n');
    expect(reader.read()).toEqual(['new']);
  });
});

describe('tailLog', () => {
  it('returns as many lines as requested, whatever their length, and only complete ones', () => {
    const line = (number: number): string => `line ${number} ${'x'.repeat(200_000)}`;
    const all = Array.from({ length: 10 }, (_, number) => line(number));
    appendFileSync(file, `${all.join('\n')}\n`);
    expect(tailLog(file, 4)).toEqual(all.slice(6));
    expect(tailLog(file, 99)).toEqual(all);
    expect(tailLog(file, 0)).toEqual([]);
  });

  it('returns only the lines written after an offset', () => {
    appendFileSync(file, 'one\ntwo\n');
    expect(tailLog(file, 9, 4)).toEqual(['two']);
  });
});
