import { problemsOf, type PipelineFrame } from '../pipeline/frame.js';
import type { View } from '../terminal/live.js';

/** A JSON object a snapshot, one a line: docs/views.md says what is in it. */
export const jsonView: View<PipelineFrame> = {
  render: () => null,
  plain: (frame, previous) => {
    const { snapshot, processes } = frame;
    if (snapshot === undefined || snapshot === previous?.snapshot) return [];
    return [JSON.stringify({ ...snapshot, processes, problems: problemsOf(frame) })];
  },
};
