import { Box, Text } from 'ink';

import { PipelinePage } from '../dashboard/pipelinePage.js';
import type { View } from '../terminal/live.js';
import type { Screen } from '../terminal/terminal.js';
import { clockText, printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import type { PipelineFrame } from './frame.js';
import { pipelinePlain } from './pipelinePlain.js';

/** The whole pipeline at a glance, without keys, for `demo`. */
export const pipelineView: View<PipelineFrame> = {
  render: (frame, screen) => <Pipeline frame={frame} screen={screen} />,
  plain: pipelinePlain,
};

const titleLines = 1;
/** Ink clears the terminal for a frame that fills it, which flickers. */
const freeLines = 1;

function Pipeline({ frame, screen }: { readonly frame: PipelineFrame; readonly screen: Screen }) {
  const { snapshot } = frame;
  return (
    <Box flexDirection="column" width={screen.columns}>
      <Box justifyContent="space-between">
        <Tone bold screen={screen}>
          {printable(frame.title)}
        </Tone>
        <Text>{snapshot === undefined ? '' : `${clockText(snapshot.at)} UTC`}</Text>
      </Box>
      <PipelinePage frame={frame} rows={screen.rows - titleLines - freeLines} screen={screen} />
    </Box>
  );
}
