import { movementText } from '../pipeline/board.js';
import { etaText } from '../pipeline/eta.js';
import { newProblems, type PipelineFrame } from '../pipeline/frame.js';
import { pipelinePlain } from '../pipeline/pipelinePlain.js';
import { clockText, printable, rateText } from '../terminal/text.js';
import type { DashboardView } from './state.js';

type Plain = (frame: PipelineFrame, previous: PipelineFrame | undefined) => readonly string[];

const boardTop = 10;

/** The plain lines of a view: its state at each snapshot, and each new problem. */
export function plainOf(view: DashboardView): Plain {
  switch (view) {
    case 'lag':
      return withProblems(lagLine);
    case 'leaderboard':
      return withProblems(boardLine);
    case 'dlq':
      return withProblems(newLetters);
    default:
      return pipelinePlain;
  }
}

function withProblems(lines: Plain): Plain {
  return (frame, previous) =>
    [
      ...(frame.snapshot === previous?.snapshot ? [] : lines(frame, previous)),
      ...newProblems(frame, previous).map((problem) => `problem: ${problem}`),
    ].map(printable);
}

/** `17:20:31  logger 12 (in 100.0/s, out 90.0/s, growing)  statistics 0 (…)`. */
function lagLine({ snapshot }: PipelineFrame): string[] {
  if (snapshot === undefined) return [];
  const groups = snapshot.groups.map(({ role, lag, flow }) => {
    const rates = `in ${rateText(flow.arrivalPerSecond)}/s, out ${rateText(flow.drainPerSecond)}/s`;
    return `${role} ${lag} (${rates}, caught up: ${etaText(lag, flow)})`;
  });
  return [[clockText(snapshot.at), ...groups].join('  ')];
}

/** `17:20:31  daily game-1 2026-11-24  1 player-7 500 ▲2  2 player-3 480`. */
function boardLine({ snapshot }: PipelineFrame): string[] {
  if (snapshot === undefined) return [];
  const { at, board } = snapshot;
  if (board === undefined) return [`${clockText(at)}  no scores yet`];
  const rows = board.rows
    .slice(0, boardTop)
    .map((row) => `${row.rank} ${row.playerId} ${row.score} ${movementText(row.movement)}`.trim());
  return [[clockText(at), `${board.period} ${board.gameId} ${board.window}`, ...rows].join('  ')];
}

/** The number of dead letters, then one line per new dead letter, oldest first. */
function newLetters({ snapshot }: PipelineFrame, previous: PipelineFrame | undefined): string[] {
  if (snapshot === undefined) return [];
  const known = previous?.snapshot?.latestDeadLetters[0]?.id ?? 0;
  const count = `${clockText(snapshot.at)}  dead letters ${snapshot.deadLetters}`;
  const letters = snapshot.latestDeadLetters
    .filter(({ id }) => id > known)
    .map(({ id, at, service, code, message, source: { topic, partition, offset } }) =>
      [id, at, service, code, message, `${topic}:${partition}:${offset}`].join('  '),
    );
  return [count, ...letters.reverse()];
}
