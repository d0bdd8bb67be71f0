import type { Key } from 'ink';

import type { DashboardKey, SpecialKey } from './state.js';

/** The key presses in one chunk of terminal input: a special key, or typed or pasted characters. */
export function keysOf(input: string, key: Key): DashboardKey[] {
  const name = specialName(key);
  if (name !== undefined) return [{ name }];
  if (key.ctrl && input === 'c') return [{ name: 'interrupt' }];
  if (key.ctrl || key.meta) return [];
  return Array.from(input).flatMap(keyOf);
}

/** Several fast key presses that a terminal sends in one chunk arrive as control characters. */
const controls: Readonly<Record<string, SpecialKey>> = {
  '\u0003': 'interrupt',
  '\b': 'backspace',
  '\t': 'tab',
  '\n': 'return',
  '\r': 'return',
  '\u007F': 'backspace',
};

function keyOf(character: string): DashboardKey[] {
  const name = controls[character];
  if (name !== undefined) return [{ name }];
  return /\p{Cc}/u.test(character) ? [] : [{ character }];
}

function specialName(key: Key): SpecialKey | undefined {
  if (key.tab) return key.shift ? 'shift+tab' : 'tab';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'pageUp';
  if (key.pageDown) return 'pageDown';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'return';
  if (key.escape) return 'escape';
  // Terminals disagree on which of the two the backspace key sends.
  return key.backspace || key.delete ? 'backspace' : undefined;
}
