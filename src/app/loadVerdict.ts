import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { junitReport, type ReportedCheck } from '../load/junit.js';
import { errorRate } from '../load/tally.js';
import type { ThresholdResult } from '../load/thresholds.js';
import { describeActual } from '../ui/load/loadReport.js';
import { Failure } from '../util/failure.js';
import { exitCodeOf, exitCodes } from './exits.js';
import type { MeasuredLoad } from './measureLoad.js';

/** The outcome of a load. */
export interface Verdict extends MeasuredLoad {
  readonly thresholds: readonly ThresholdResult[];
}

/** The exit code of a load: the first reason counts. @param stop aborted if the user ended it */
export function exitOf(verdict: Verdict, stop: AbortSignal): number {
  const { summary, check, unchecked, thresholds } = verdict;
  if (stop.aborted) return exitCodes.interrupted;
  if (summary.failed > 0 || summary.sent < summary.count) return exitCodes.serviceFailed;
  const kept = errorRate(summary) === 0 && thresholds.every(({ ok }) => ok);
  if (!kept || check?.ok === false) return exitCodes.checkFailed;
  return unchecked === undefined ? exitCodes.ok : exitCodeOf(unchecked);
}

/** To be called before a load is sent. @throws Failure (invalid_argument) if its report cannot be written */
export function checkReport(file: string): void {
  orCannotWrite(() => accessSync(existsSync(file) ? file : dirname(file), constants.W_OK));
}

/**
 * Writes the checks and thresholds of a load, and their results, as JUnit XML.
 * @throws Failure (invalid_argument) if the file cannot be written
 */
export function writeReport(file: string, verdict: Verdict): void {
  const report = junitReport('gamemetrics load', checksOf(verdict), verdict.summary.seconds);
  orCannotWrite(() => writeFileSync(file, report));
}

function orCannotWrite(work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new Failure(`cannot write the report: ${(cause as Error).message}`, {
      code: 'invalid_argument',
      cure: 'Give --junit a writable file in an existing folder.',
      cause,
    });
  }
}

function checksOf({ summary, check, unchecked, thresholds }: Verdict): ReportedCheck[] {
  const problem = summary.lastProblem ?? 'nothing was sent';
  return [
    {
      name: 'every event gets the expected answer',
      failure: errorRate(summary) === 0 ? undefined : problem,
    },
    ...(check === undefined && unchecked === undefined
      ? []
      : [{ name: 'the stores match the prediction', failure: checkFailure(check, unchecked) }]),
    ...thresholds.map((result) => ({
      name: result.threshold,
      failure: result.ok ? undefined : `it is ${describeActual(result)}`,
    })),
  ];
}

function checkFailure(
  check: MeasuredLoad['check'],
  unchecked: MeasuredLoad['unchecked'],
): string | undefined {
  if (check === undefined) return unchecked?.message;
  if (check.ok) return undefined;
  const wrong = check.numbers.filter(({ predicted, actual }) => predicted !== actual);
  if (wrong.length === 0) return 'the numbers of individual players differ';
  return wrong
    .map(({ what, predicted, actual }) => `${what}: ${actual}, not ${predicted}`)
    .join('; ');
}
