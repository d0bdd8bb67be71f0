import { loadLine } from '../load/loadView.js';
import { clockText, millisecondsText, printable } from '../terminal/text.js';
import { newProblems, type PipelineFrame } from './frame.js';
import { processText } from './processes.js';

/**
 * A frame as lines: the addresses for the first frame, one line of numbers per new snapshot, and the
 * processes and problems that changed.
 */
export function pipelinePlain(
  frame: PipelineFrame,
  previous: PipelineFrame | undefined,
): readonly string[] {
  return [
    ...(previous === undefined ? addressLines(frame) : []),
    ...(frame.snapshot === previous?.snapshot ? [] : numberLine(frame)),
    ...(frame.load === undefined || frame.load === previous?.load ? [] : [loadLine(frame.load)]),
    ...changedProcesses(frame, previous),
    ...newProblems(frame, previous).map((problem) => `problem: ${problem}`),
  ].map(printable);
}

function addressLines(frame: PipelineFrame): string[] {
  return [frame.title, ...frame.addresses.map(({ name, address }) => `${name}: ${address}`)];
}

function numberLine({ snapshot }: PipelineFrame): string[] {
  if (snapshot === undefined) return [];
  const stages = snapshot.groups.map(
    (group) => `${group.role} ${group.processed} (lag ${group.lag})`,
  );
  const rate = `${snapshot.producedPerSecond.toFixed(1)}/s`;
  const latencyMs = snapshot.ingest?.latencyMs;
  const latency =
    latencyMs === undefined
      ? []
      : [`p50 ${millisecondsText(latencyMs.p50)}  p99 ${millisecondsText(latencyMs.p99)}`];
  return [
    [
      clockText(snapshot.at),
      `ingest ${snapshot.produced} (${rate})`,
      ...latency,
      ...stages,
      `dead letters ${snapshot.deadLetters}`,
    ].join('  '),
  ];
}

function changedProcesses(frame: PipelineFrame, previous: PipelineFrame | undefined): string[] {
  const before = new Set(previous?.processes.map(processText));
  return frame.processes
    .map(processText)
    .filter((text) => !before.has(text))
    .map((text) => `process: ${text}`);
}
