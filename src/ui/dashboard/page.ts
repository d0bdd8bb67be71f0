import type { PipelineFrame } from '../pipeline/frame.js';
import type { Screen } from '../terminal/terminal.js';
import type { DashboardState } from './state.js';

/** What each page of the dashboard draws from. */
export interface PageProps {
  readonly frame: PipelineFrame;
  readonly state: DashboardState;
  /** Lines that the page may take. */
  readonly rows: number;
  readonly screen: Screen;
}

/** Whether words hold what the user looks for; case does not matter. */
export function matches(filter: string, ...words: readonly string[]): boolean {
  return words.join(' ').toLowerCase().includes(filter.toLowerCase());
}
