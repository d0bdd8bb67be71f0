import type { PipelineFrame } from '../pipeline/frame.js';
import type { View } from '../terminal/live.js';
import { Dashboard, type DashboardControls } from './dashboard.js';
import { plainOf } from './plain.js';
import type { DashboardView } from './state.js';

/** The dashboard as a live view; its plain form is that of the initial view. */
export function dashboardView(
  view: DashboardView,
  controls: DashboardControls,
): View<PipelineFrame> {
  return {
    render: (frame, screen) => (
      <Dashboard frame={frame} screen={screen} view={view} controls={controls} />
    ),
    plain: plainOf(view),
  };
}
