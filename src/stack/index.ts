export type { ProcessPhase, ProcessState } from './process/supervisedProcess.js';
export { logSize, tailLog } from './process/logFile.js';
export { defaultInstance, instanceDirectory, instancesHome } from './instance/home.js';
export type { Instance } from './instance/instance.js';
export { describeProgress, type ProgressEvent } from './instance/progress.js';
export { environmentFor } from './instance/roleProcesses.js';
export { startInstance, type InstanceOptions } from './instance/start.js';
export {
  instanceEnvironment,
  readInstance,
  requireRunning,
  type InstanceState,
  type InstanceStatus,
} from './instance/state.js';
export { stopInstance, type StopOptions, type StopResult } from './instance/stop.js';
export { stackChoices, type StackChoice, type StackKind } from './select.js';
