import { externalVariables, type Environment } from '../config/endpoints.js';

/** What a pipeline can run on. Containers (`docker`) will go between the two. */
export const stackKinds = ['external', 'embedded'] as const;

export type StackKind = (typeof stackKinds)[number];

export const stackChoices = ['auto', ...stackKinds] as const;

export type StackChoice = (typeof stackChoices)[number];

export interface StackSelection {
  readonly kind: StackKind;
  /** Why, in words: goes in parentheses behind the kind. */
  readonly reason: string;
}

/** Decides what the pipeline runs on: an external stack where any of its variables is set. */
export function selectStack(choice: StackChoice, env: Environment): StackSelection {
  if (choice !== 'auto') return { kind: choice, reason: 'as --stack or GAMEMETRICS_STACK says' };
  const variable = externalVariables.find((name) => (env[name] ?? '') !== '');
  return variable === undefined
    ? { kind: 'embedded', reason: 'no KAFKA_BOOTSTRAP_SERVERS set' }
    : { kind: 'external', reason: `${variable} is set` };
}
