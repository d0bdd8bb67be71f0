/** The test harness: a whole pipeline for a test, with typed clients of its stores. */
export { createGameMetrics, GameMetrics, type GameMetricsOptions } from './harness/harness.js';
export { TestClock } from './harness/testClock.js';
export type { Endpoints } from './config/endpoints.js';
export { exitCodes } from './app/exits.js';
export { Failure, type FailureCode } from './util/failure.js';
export type { Outcome } from './load/client.js';
export type { PlayerEvent, Submission } from './pipeline/contract/event.js';
export type { Repaired } from './pipeline/verify/repair.js';
export type { Difference, VerifyReport } from './pipeline/verify/report.js';
export type { Instance, ProcessState, ProgressEvent } from './stack/index.js';
