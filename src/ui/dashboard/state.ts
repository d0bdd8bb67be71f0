import { periods, type Period } from '../../pipeline/contract/windows.js';
import type { PipelineFrame } from '../pipeline/frame.js';

/** The dashboard's views in the order of their keys, 1 to 5. */
export const dashboardViews = ['pipeline', 'events', 'lag', 'leaderboard', 'dlq'] as const;

export type DashboardView = (typeof dashboardViews)[number];

/** What the user has selected with the keys. */
export interface DashboardState {
  readonly view: DashboardView;
  readonly help: boolean;
  /** The frame that is shown while the dashboard is paused. */
  readonly paused: PipelineFrame | undefined;
  /** Text that a line must contain to be shown. */
  readonly filter: string;
  /** Whether key presses edit the filter. */
  readonly editing: boolean;
  /** The selected line of a list, from 0. */
  readonly line: number;
  /** The game whose board is shown; undefined until the user selects one. */
  readonly gameId: string | undefined;
  readonly period: Period;
}

/** A key as the terminal sends it: one character, or the name of a special key. */
export type DashboardKey = { readonly character: string } | { readonly name: SpecialKey };

export type SpecialKey =
  | 'tab'
  | 'shift+tab'
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'return'
  | 'escape'
  | 'backspace'
  | 'interrupt';

const pageLines = 10;

/** The state in which a dashboard opens. */
export function initialState(view: DashboardView): DashboardState {
  return {
    view,
    help: false,
    paused: undefined,
    filter: '',
    editing: false,
    line: 0,
    gameId: undefined,
    period: 'daily',
  };
}

/** How a key press closes the dashboard. */
export type Leave = 'quit' | 'interrupt';

/**
 * Applies a key press to the state.
 * @param latest the newest frame, on which pausing stops
 * @returns the new state, or how to leave if the key closes the dashboard
 */
export function press(
  state: DashboardState,
  key: DashboardKey,
  latest: PipelineFrame,
): DashboardState | Leave {
  if ('name' in key && key.name === 'interrupt') return 'interrupt';
  if (state.editing) return editFilter(state, key);
  return 'character' in key
    ? pressCharacter(state, key.character, latest)
    : pressSpecial(state, key.name);
}

function editFilter(state: DashboardState, key: DashboardKey): DashboardState {
  if ('character' in key) return { ...state, filter: state.filter + key.character, line: 0 };
  switch (key.name) {
    case 'return':
      return { ...state, editing: false };
    case 'escape':
      return { ...state, editing: false, filter: '', line: 0 };
    case 'backspace':
      return { ...state, filter: Array.from(state.filter).slice(0, -1).join(''), line: 0 };
    default:
      return state;
  }
}

function pressCharacter(
  state: DashboardState,
  character: string,
  latest: PipelineFrame,
): DashboardState | Leave {
  const chosen = dashboardViews[Number(character) - 1];
  if (chosen !== undefined) return show(state, chosen);
  switch (character) {
    case 'q':
      return 'quit';
    case '?':
      return { ...state, help: !state.help };
    case '/':
      return { ...state, editing: true, help: false };
    case 'p':
      return { ...state, paused: state.paused === undefined ? latest : undefined };
    case 'g':
      return { ...state, gameId: nextGame(state, latest), line: 0 };
    default:
      return state;
  }
}

function pressSpecial(state: DashboardState, name: SpecialKey): DashboardState {
  switch (name) {
    case 'tab':
      return show(state, neighbour(dashboardViews, state.view, 1));
    case 'shift+tab':
      return show(state, neighbour(dashboardViews, state.view, -1));
    case 'left':
      return { ...state, period: neighbour(periods, state.period, -1), line: 0 };
    case 'right':
      return { ...state, period: neighbour(periods, state.period, 1), line: 0 };
    case 'escape':
      return state.help ? { ...state, help: false } : { ...state, filter: '', line: 0 };
    case 'home':
      return { ...state, line: 0 };
    default:
      return { ...state, line: Math.max(0, state.line + (steps[name] ?? 0)) };
  }
}

const steps: Partial<Record<SpecialKey, number>> = {
  up: -1,
  down: 1,
  pageUp: -pageLines,
  pageDown: pageLines,
  end: Infinity,
};

function show(state: DashboardState, view: DashboardView): DashboardState {
  return { ...state, view, help: false, line: 0 };
}

function nextGame(state: DashboardState, { snapshot }: PipelineFrame): string | undefined {
  const { games = [], board } = snapshot ?? {};
  const shown = state.gameId ?? board?.gameId;
  return games[(games.findIndex((game) => game === shown) + 1) % Math.max(1, games.length)];
}

function neighbour<T>(all: readonly T[], current: T, step: number): T {
  return all[(all.indexOf(current) + step + all.length) % all.length] ?? current;
}
