import { Failure } from '../../util/failure.js';

/** An instance is run by a process in another container, or outside this one. */
export class RunsElsewhere extends Failure {
  constructor(name: string) {
    super(`instance "${name}" runs in another container, or outside this one`, {
      code: 'service_failed',
      cure:
        'Stop it there, or use another instance here (--name). ' +
        'If that container no longer exists, try again in a minute.',
    });
    this.name = 'RunsElsewhere';
  }
}
