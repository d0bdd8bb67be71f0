import { Failure } from '../../util/failure.js';

/** An instance is run by a process that is out of reach: in another container, or outside of ours. */
export class RunsElsewhere extends Failure {
  constructor(name: string) {
    super(`instance "${name}" runs in another container, or outside of this one`, {
      code: 'service_failed',
      cure:
        'Stop it there, or use another instance here (--name). ' +
        'If that container is gone, try again in a minute.',
    });
    this.name = 'RunsElsewhere';
  }
}
