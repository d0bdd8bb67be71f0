/** What a pipeline can run on, in the order in which `auto` prefers them. */
export const stackKinds = ['external', 'docker', 'embedded'] as const;

export type StackKind = (typeof stackKinds)[number];

/** The stacks that a user can choose. */
export const stackChoices = ['auto', ...stackKinds] as const;

export type StackChoice = (typeof stackChoices)[number];
