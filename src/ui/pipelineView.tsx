import { Box, Text } from 'ink';

import { Board } from './board.js';
import { problemsOf, type PipelineFrame } from './frame.js';
import type { View } from './live.js';
import { LoadBar, loadBarLines } from './loadView.js';
import { pipelinePlain } from './pipelinePlain.js';
import { Processes } from './processes.js';
import { stageLines, Stages } from './stages.js';
import type { Screen } from './terminal.js';
import { Gap, Tone } from './tone.js';
import { clockText, printable } from './text.js';

/** The whole pipeline at a glance, for `up`, `demo` and `tail`. */
export const pipelineView: View<PipelineFrame> = {
  render: (frame, screen) => <Pipeline frame={frame} screen={screen} />,
  plain: pipelinePlain,
};

const boardTop = 10;
const shownProblems = 2;

interface Props {
  readonly frame: PipelineFrame;
  readonly screen: Screen;
}

function Pipeline({ frame, screen }: Props) {
  const { snapshot, load } = frame;
  const problems = problemsOf(frame).slice(-shownProblems);
  const boardRows = Math.max(
    0,
    Math.min(boardTop, screen.rows - linesBesideBoard(frame, problems)),
  );
  return (
    <Box flexDirection="column" width={screen.columns}>
      <Box justifyContent="space-between">
        <Tone bold screen={screen}>
          {printable(frame.title)}
        </Tone>
        <Text>{snapshot === undefined ? '' : `${clockText(snapshot.at)} UTC`}</Text>
      </Box>
      <Addresses frame={frame} screen={screen} />
      <Gap />
      <Stages frame={frame} screen={screen} />
      <Gap />
      {load !== undefined && (
        <>
          <LoadBar load={load} screen={screen} />
          <Gap />
        </>
      )}
      <Box>
        <Board board={snapshot?.board} rows={boardRows} screen={screen} />
        {screen.columns >= 80 && (
          <Processes processes={frame.processes} rows={boardRows + 1} screen={screen} />
        )}
      </Box>
      {problems.map((problem) => (
        <Tone key={problem} tone="bad" screen={screen}>
          {`! ${printable(problem)}`}
        </Tone>
      ))}
    </Box>
  );
}

/** Every line but the board's rows: with one left free, for Ink clears a screen that is full. */
function linesBesideBoard(frame: PipelineFrame, problems: readonly string[]): number {
  const title = 1;
  const gaps = 2;
  const boardTitle = 1;
  const free = 1;
  const load = frame.load === undefined ? 0 : loadBarLines + 1;
  const stages = stageLines(frame.snapshot?.groups.length ?? 0);
  const addresses = Math.ceil(frame.addresses.length / 2);
  return title + addresses + gaps + stages + load + boardTitle + problems.length + free;
}

function Addresses({ frame, screen }: Props) {
  const width = Math.floor(screen.columns / 2);
  return (
    <Box flexWrap="wrap" width={screen.columns}>
      {frame.addresses.map(({ name, address }) => (
        <Box key={name} width={width}>
          <Tone screen={screen}>{printable(`${name.padEnd(9)} ${address}`)}</Tone>
        </Box>
      ))}
    </Box>
  );
}
