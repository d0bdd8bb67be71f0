import { describe, expect, it } from 'vitest';

import {
  clockText,
  groupedNumber,
  millisecondsText,
  printable,
  rateText,
  secondsText,
  textColumns,
} from './text.js';

describe('printable text', () => {
  it.each([
    ['an escape sequence', 'a\u001B[2Jb', 'a\uFFFD[2Jb'],
    ['a C1 control', 'a\u009B2Jb', 'a\uFFFD2Jb'],
    ['line breaks and tabs', 'a\r\n\tb\u2028c', 'a\uFFFD\uFFFD\uFFFDb\uFFFDc'],
    ['a direction override', 'a\u202Eb', 'a\uFFFDb'],
    ['a lone surrogate', 'a\uD800b', 'a\uFFFDb'],
  ])('has no %s', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('keeps names in any script, and emoji', () => {
    const name = "O'Brien Łukasz 長谷川 👩‍🚀";
    expect(printable(name)).toBe(name);
  });
});

describe('formatted numbers', () => {
  it('keep every digit', () => {
    expect(groupedNumber(-(2 ** 53))).toBe('-9,007,199,254,740,992');
  });

  it.each([
    [0, '0.0'],
    [99.96, '100.0'],
    [12_345.6, '12,346'],
  ])('show the rate %d as %s', (rate, text) => {
    expect(rateText(rate)).toBe(text);
  });

  it.each([
    [0.4219, '0.42 ms'],
    [8.06, '8.1 ms'],
    [1250.4, '1,250 ms'],
  ])('show %d milliseconds as %s', (ms, text) => {
    expect(millisecondsText(ms)).toBe(text);
  });

  it.each([
    [4.21, '4.2 s'],
    [185.2, '3 min 05 s'],
  ])('show %d seconds as %s', (seconds, text) => {
    expect(secondsText(seconds)).toBe(text);
  });

  it('show the time in UTC', () => {
    expect(clockText('2026-11-24T01:02:03.999+02:00')).toBe('23:02:03');
  });
});

it('textColumns counts two columns for a wide character', () => {
  expect(textColumns('abc')).toBe(3);
  expect(textColumns('長a')).toBe(3);
  expect(textColumns('👩‍🚀')).toBe(2);
});
