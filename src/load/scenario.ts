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

/** The options that a scenario sets; flags override them. */
export interface Scenario {
  readonly plan: Omit<PlanOptions, 'seed'> & { readonly seed?: number | undefined };
  readonly thresholds: readonly Threshold[];
}

/** A field that `parse` reads; its Failure becomes the problem of the field. */
function parsed<T>(parse: (text: string) => T) {
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

const positiveInteger = (max: number) => z.number().int().min(1).max(max);

const stageSchema = z
  .strictObject({ rate: parsed(parseStageRates), duration: parsed(parseTime) })
  .transform(({ rate, duration }): Stage => ({ ...rate, durationMs: duration }));

const troubleSchema = z
  .strictObject({
    duplicates: parsed(parseShare),
    invalid: parsed(parseShare),
    late: parsed(parseShare),
    late_by: parsed(parseTime),
  })
  .partial();

const mixSchema = z
  .strictObject(
    Object.fromEntries(Object.keys(defaultMix).map((type) => [type, z.number().min(0).optional()])),
  )
  .transform((weights, context) =>
    // If only unknown types are given, the schema already reports them.
    Object.keys(weights).length === 0 ? undefined : attempt(() => checkMix(weights), context),
  );

/** The fields of a scenario file. */
const scenarioSchema = z.strictObject({
  description: z.string().optional(),
  seed: z
    .number()
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .optional(),
  start: parsed(parseInstant).optional(),
  players: positiveInteger(1_000_000).optional(),
  games: positiveInteger(100_000).optional(),
  skew: z.number().min(0).max(10).optional(),
  arrivals: z.enum(arrivalKinds).optional(),
  stages: z.array(stageSchema).min(1),
  mix: mixSchema.optional(),
  trouble: troubleSchema.optional(),
  thresholds: z.array(parsed(parseThreshold)).optional(),
});

/**
 * Parses a scenario from YAML.
 * @param file its name, for error messages
 * @throws Failure (invalid_file) with the line and field of every problem
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
