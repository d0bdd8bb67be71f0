import type { PipelineFrame } from '../pipeline/frame.js';
import type { Screen } from '../terminal/terminal.js';
import type { DashboardState } from './state.js';

/** The props of every dashboard page. */
export interface PageProps {
  readonly frame: PipelineFrame;
  readonly state: DashboardState;
  /** Lines available to the page. */
  readonly rows: number;
  readonly screen: Screen;
}

/** Whether the joined words contain the filter text, ignoring case. */
export function matches(filter: string, ...words: readonly string[]): boolean {
  return words.join(' ').toLowerCase().includes(filter.toLowerCase());
}
