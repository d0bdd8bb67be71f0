import { Box } from 'ink';

import { LoadBar, loadBarLines } from '../load/loadView.js';
import { Board } from '../pipeline/board.js';
import { problemsOf, type PipelineFrame } from '../pipeline/frame.js';
import { Processes } from '../pipeline/processes.js';
import { stageLines, Stages } from '../pipeline/stages.js';
import type { Screen } from '../terminal/terminal.js';
import { clockText, fitText, printable } from '../terminal/text.js';
import { Gap, Tone } from '../terminal/tone.js';
import { LagPage, lagLines } from './lagPage.js';
import type { PageProps } from './page.js';
import { initialState } from './state.js';

const boardTop = 10;
const boardColumns = 46;
/** A gap, a title, and an error. */
const leastErrorRows = 3;

const unselected = { ...initialState('lag'), line: -1 };

/** The whole pipeline at a glance. */
export function PipelinePage({ frame, rows, screen }: Omit<PageProps, 'state'>) {
  const { snapshot, load } = frame;
  const problems = problemsOf(frame).slice(-2);
  const left = rows - linesBesideBoard(frame, problems);
  const boardRows = Math.max(0, Math.min(boardTop, left - 1));
  const below = left - boardRows - 1;
  const lagRows = lagLines(snapshot?.groups ?? []);
  const showsLag = below >= lagRows + 1 + leastErrorRows;
  const errorRows = showsLag ? below - lagRows - 1 : below;
  return (
    <Box flexDirection="column">
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
        <Box width={boardColumns + 2}>
          {snapshot !== undefined && (
            <Board board={snapshot.board} rows={boardRows} width={boardColumns} screen={screen} />
          )}
        </Box>
        {screen.columns >= 80 && (
          <Box marginRight={screen.columns >= 120 ? 2 : 0}>
            <Processes processes={frame.processes} rows={boardRows + 1} screen={screen} />
          </Box>
        )}
        {screen.columns >= 120 && (
          <Latest
            frame={frame}
            rows={boardRows + 1}
            width={screen.columns - boardColumns - 38}
            screen={screen}
          />
        )}
      </Box>
      {showsLag && (
        <>
          <Gap />
          <LagPage frame={frame} state={unselected} rows={lagRows} screen={screen} />
        </>
      )}
      {errorRows >= leastErrorRows && <Errors frame={frame} rows={errorRows} screen={screen} />}
      {problems.map((problem) => (
        <Tone key={problem} tone="bad" screen={screen}>
          {`! ${printable(problem)}`}
        </Tone>
      ))}
    </Box>
  );
}

/** The number of lines that are neither the board nor below it. */
function linesBesideBoard(frame: PipelineFrame, problems: readonly string[]): number {
  const gaps = 2;
  const load = frame.load === undefined ? 0 : loadBarLines(frame.load) + 1;
  const stages = stageLines(frame.snapshot?.groups.length ?? 0);
  const addresses = Math.ceil(frame.addresses.length / 2);
  return addresses + gaps + stages + load + problems.length;
}

interface PartProps {
  readonly frame: PipelineFrame;
  readonly screen: Screen;
}

function Addresses({ frame, screen }: PartProps) {
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

/** The newest dead letters, one per line. */
function Latest({ frame, rows, width, screen }: PartProps & { rows: number; width: number }) {
  const letters = frame.snapshot?.latestDeadLetters ?? [];
  return (
    <Box flexDirection="column" width={width}>
      <Tone bold screen={screen}>
        {letters.length === 0 ? 'no dead letters' : 'last dead letters'}
      </Tone>
      {letters.slice(0, rows - 1).map((letter) => (
        <Tone key={letter.id} tone="warn" screen={screen}>
          {fitText(printable(`${clockText(letter.at)} ${letter.code}: ${letter.message}`), width)}
        </Tone>
      ))}
    </Box>
  );
}

/** The errors so far, newest first. */
function Errors({ frame, rows, screen }: PartProps & { rows: number }) {
  const errors = [...frame.errors].reverse().slice(0, rows - 2);
  return (
    <Box flexDirection="column">
      <Gap />
      <Tone bold screen={screen}>
        {errors.length === 0 ? 'no errors so far' : 'last errors'}
      </Tone>
      {errors.map(({ at, text }, index) => (
        <Tone key={`${at} ${index}`} tone="bad" screen={screen}>
          {printable(`${clockText(at)} ${text}`)}
        </Tone>
      ))}
    </Box>
  );
}
