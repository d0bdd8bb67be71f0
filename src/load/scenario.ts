import { z } from 'zod';

import { defaultMix } from '../generators/actions.js';
import type { PlanOptions } from '../generators/plan.js';
import {
  checkMix,
  parseInstant,
  parseShare,
  parseStageRates,
  parseTime,
} from '../generators/quantities.js';
import { arrivalKinds, type Stage } from '../generators/schedule.js';
import { noTrouble } from '../generators/trouble.js';
import { Failure } from '../util/failure.js';
import { readYaml } from '../util/yamlFile.js';
import { parseThreshold, type Threshold } from './thresholds.js';

const seeFields = 'See docs/load.md for the fields of a scenario.';

/** What a scenario decides; flags may decide otherwise. */
export interface Scenario {
  readonly plan: Omit<PlanOptions, 'seed'> & { readonly seed?: number | undefined };
  readonly thresholds: readonly Threshold[];
}

/** Text that a parser reads, whose Failure becomes the field's problem. */
function read<T>(parse: (text: string) => T) {
  return z
    .union([z.string(), z.number()], 'must be text or a number')
    .transform((value, context): T => attempt(() => parse(String(value)), context));
}

function attempt<T>(parse: () => T, context: z.RefinementCtx): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    context.addIssue({ code: 'custom', message: `${error.message}. ${error.cure ?? ''}`.trim() });
    return z.NEVER;
  }
}

const whole = (most: number) => z.number().int().min(1).max(most);

const stageSchema = z
  .strictObject({ rate: read(parseStageRates), duration: read(parseTime) })
  .transform(({ rate, duration }): Stage => ({ ...rate, durationMs: duration }));

const troubleSchema = z
  .strictObject({
    duplicates: read(parseShare),
    invalid: read(parseShare),
    late: read(parseShare),
    late_by: read(parseTime),
  })
  .partial();

const mixSchema = z
  .strictObject(
    Object.fromEntries(Object.keys(defaultMix).map((type) => [type, z.number().min(0).optional()])),
  )
  .transform((weights, context) =>
    // Only unknown types are a problem of their own.
    Object.keys(weights).length === 0 ? undefined : attempt(() => checkMix(weights), context),
  );

/** The members of a scenario file. */
const scenarioSchema = z.strictObject({
  description: z.string().optional(),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  start: read(parseInstant).optional(),
  players: whole(1_000_000).optional(),
  games: whole(100_000).optional(),
  skew: z.number().min(0).max(10).optional(),
  arrivals: z.enum(arrivalKinds).optional(),
  stages: z.array(stageSchema).min(1),
  mix: mixSchema.optional(),
  trouble: troubleSchema.optional(),
  thresholds: z.array(read(parseThreshold)).optional(),
});

/**
 * Reads a scenario from YAML.
 * @param file its name, for the messages
 * @throws Failure (usage) that names line and field of everything that is wrong
 */
export function parseScenario(text: string, file: string): Scenario {
  const found = readYaml(text, file, scenarioSchema, seeFields);
  const { duplicates = 0, invalid = 0, late = 0, late_by } = found.trouble ?? {};
  return {
    plan: {
      seed: found.seed,
      startMs: found.start,
      rate: found.stages,
      arrivals: found.arrivals,
      players: found.players,
      games: found.games,
      skew: found.skew,
      mix: found.mix,
      trouble: { duplicates, invalid, late, lateByMs: late_by ?? noTrouble.lateByMs },
    },
    thresholds: found.thresholds ?? [],
  };
}
