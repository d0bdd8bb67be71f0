/** Tries to acquire the lock of DIRECTORY, prints `acquired` or `held by PID`, and keeps running. */
import { setInterval } from 'node:timers';
import { acquireLock } from '../../../../dist/stack/instance/lock.js';

const attempt = await acquireLock(process.argv[2], 'run');
console.log(attempt.acquired ? 'acquired' : `held by ${attempt.rival.pid}`);
setInterval(() => undefined, 60_000);
