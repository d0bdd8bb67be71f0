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
  it('moves a log on while its process writes, and keeps no more than two', () => {
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
    // The process's file starts anew: what it writes is not behind a hole.
    const kept = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8');
    expect(kept).not.toContain('\0');
    expect(kept.endsWith(line(998) + line(999))).toBe(true);
    expect(tailLog(file, 1)).toEqual([line(999).trimEnd()]);
  });

  it('leaves alone what is small or not there', () => {
    boundLog(file, 10);
    appendFileSync(file, 'short\n');
    boundLog(file, 10);
    expect(readFileSync(file, 'utf8')).toBe('short\n');
    expect(() => statSync(`${file}.1`)).toThrow();
  });

  it('does not confuse who follows the log', () => {
    appendFileSync(file, 'one\ntwo\n');
    const reader = new LogReader(file, 0);
    expect(reader.read()).toEqual(['one', 'two']);
    boundLog(file, 4);
    appendFileSync(file, 'new\n');
    expect(reader.read()).toEqual(['new']);
  });
});

describe('tailLog', () => {
  it('has so many lines however long they are, and begins with a whole one', () => {
    const line = (number: number): string => `line ${number} ${'x'.repeat(200_000)}`;
    const all = Array.from({ length: 10 }, (_, number) => line(number));
    appendFileSync(file, `${all.join('\n')}\n`);
    expect(tailLog(file, 4)).toEqual(all.slice(6));
    expect(tailLog(file, 99)).toEqual(all);
    expect(tailLog(file, 0)).toEqual([]);
  });

  it('has only what was written after an offset', () => {
    appendFileSync(file, 'one\ntwo\n');
    expect(tailLog(file, 9, 4)).toEqual(['two']);
  });
});
