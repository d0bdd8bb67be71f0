export type { ProcessState } from './process/supervisedProcess.js';
export { LogReader, logSize, openLog, quoteTail, tailLog } from './process/logFile.js';
export { defaultInstance, instancesHome, makeInstanceDirectory } from './instance/home.js';
export type { Instance } from './instance/instance.js';
export { listLogs, type ProcessLog } from './instance/logs.js';
export { describeProgress, type ProgressEvent } from './instance/progress.js';
export { environmentFor } from './instance/roleProcesses.js';
export { AlreadyRunning } from './instance/lockToRun.js';
export { startInstance } from './instance/start.js';
export type { InstanceOptions } from './instance/options.js';
export { imageVariables, type Images } from './docker/images.js';
export {
  instanceEnvironment,
  readInstance,
  requireRunning,
  type InstanceState,
  type InstanceStatus,
} from './instance/state.js';
export { stopInstance, type StopResult } from './instance/stop.js';
export { stackChoices } from './select.js';
