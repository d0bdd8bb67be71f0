import { expect, it } from 'vitest';

import { parseInstant, parseMix, parseRate, parseShare, parseTime } from './quantities.js';

it.each([
  ['0', 0],
  ['100', 100],
  ['0.5', 0.5],
  ['10..500/30s', [{ from: 10, to: 500, durationMs: 30_000 }]],
  ['0..1.5/2m', [{ from: 0, to: 1.5, durationMs: 120_000 }]],
])('%j is a rate', (text, rate) => {
  expect(parseRate(text)).toEqual(rate);
});

it.each([
  '',
  '-1',
  'fast',
  '1e3',
  '1000001',
  '10..',
  '10..20',
  '10..20/',
  '..5/1s',
  '1..2/0s',
  '0..0/1s',
])('%j is not a rate', (text) => {
  expect(() => parseRate(text)).toThrow(/is not a|nothing is sent/);
});

it.each([
  ['0%', 0],
  ['1%', 0.01],
  ['0.5%', 0.005],
  ['100%', 1],
])('%j is the share %d', (text, share) => {
  expect(parseShare(text)).toBe(share);
});

it.each(['1', '0.01', '101%', '-1%', '%', ''])('%j is not a share', (text) => {
  expect(() => parseShare(text)).toThrow('is not a share');
});

it.each(['player_score=1,dance=2', 'player_score', 'player_score=-1', 'player_score=0', '=', ''])(
  '%j is not a mix',
  (text) => {
    expect(() => parseMix(text)).toThrow('mix');
  },
);

it('parses a mix', () => {
  expect(parseMix('player_score=70, session_end=0.5')).toEqual({
    player_score: 70,
    session_end: 0.5,
  });
});

it('parses times and instants', () => {
  expect(parseTime('90s')).toBe(90_000);
  expect(() => parseTime('0s')).toThrow('not a valid duration');
  expect(() => parseTime('169h')).toThrow('not a valid duration');
  expect(parseInstant('2026-01-05')).toBe(Date.UTC(2026, 0, 5));
  expect(parseInstant('2026-01-05T12:00:00+02:00')).toBe(Date.UTC(2026, 0, 5, 10));
  expect(() => parseInstant('yesterday')).toThrow('not a time');
});
