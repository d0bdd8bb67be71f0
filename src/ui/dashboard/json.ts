import { problemsOf, type PipelineFrame } from '../pipeline/frame.js';
import type { View } from '../terminal/live.js';

/** One JSON object per snapshot, each on its own line; docs/views.md describes the fields. */
export const jsonView: View<PipelineFrame> = {
  render: () => null,
  plain: (frame, previous) => {
    const { snapshot, processes } = frame;
    if (snapshot === undefined || snapshot === previous?.snapshot) return [];
    return [JSON.stringify({ ...snapshot, processes, problems: problemsOf(frame) })];
  },
};
