import type { Selection } from '../pipeline/observe/snapshot.js';
import type { Stores } from '../pipeline/runtime/stores.js';
import { dashboardView } from '../ui/dashboard/dashboardView.js';
import { jsonView } from '../ui/dashboard/json.js';
import type { DashboardView } from '../ui/dashboard/state.js';
import type { PipelineFrame } from '../ui/pipeline/frame.js';
import { openFullScreen } from '../ui/terminal/fullScreen.js';
import { openLive, type Live } from '../ui/terminal/live.js';
import { screenOf } from '../ui/terminal/terminal.js';
import { untilAborted } from '../util/untilAborted.js';
import type { ProgressLines } from './progressLines.js';
import type { Target } from './target.js';
import { watchTarget } from './watchTarget.js';

export interface DashboardOptions {
  readonly view: DashboardView;
  /** Print one JSON object per snapshot, instead of a view. */
  readonly json?: boolean;
  /** End after this many snapshots. */
  readonly count?: number;
  readonly progress?: ProgressLines;
  readonly signal: AbortSignal;
}

/**
 * Shows the dashboard on stdout: full screen with keys in a terminal, lines elsewhere.
 * @returns when the user quits, the reader goes away, or the signal aborts
 */
export async function watchDashboard(
  stores: Stores,
  target: Target,
  { view, json = false, count = Infinity, progress, signal }: DashboardOptions,
): Promise<void> {
  const ended = new AbortController();
  const controls = {
    quit: () => ended.abort(),
    // In raw mode the terminal does not send this signal itself.
    interrupt: () => void process.kill(process.pid, 'SIGINT'),
  };
  const { stdin, stdout } = process;
  const screen = screenOf(stdout);
  const isFullScreen = !json && count === Infinity && screen.interactive;
  const open = (select: (selection: Selection) => void): Live<PipelineFrame> => {
    const dashboard = dashboardView(view, { select, ...controls });
    if (isFullScreen) return openFullScreen(dashboard, { stdin, stdout });
    const shown = json ? jsonView : dashboard;
    const lines = openLive(shown, { stream: stdout, screen: { ...screen, interactive: false } });
    return counted(lines, count, controls.quit);
  };
  await using watch = watchTarget(stores, target, { progress, open });
  await Promise.race([
    untilAborted(AbortSignal.any([signal, ended.signal, watch.readerGone])),
    watch.failed,
  ]);
}

/** Calls `end` once `count` snapshots were shown. */
function counted(live: Live<PipelineFrame>, count: number, end: () => void): Live<PipelineFrame> {
  const shown = new Set<PipelineFrame['snapshot']>();
  return {
    ...live,
    update: (frame) => {
      if (shown.size >= count) return;
      live.update(frame);
      if (frame.snapshot !== undefined) shown.add(frame.snapshot);
      if (shown.size >= count) end();
    },
  };
}
