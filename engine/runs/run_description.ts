// run.json: what a saved run is of, and what lies beside it.
import { z } from 'zod';
import { parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { pattern } from '../protocol/pattern.ts';

const whole = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();
const text = z.string().max(4096);

export const layerTimingRecord = z.strictObject({
  attentionMs: milliseconds,
  linearMs: milliseconds,
  indexMs: milliseconds,
  otherMs: milliseconds,
  /** [heads] */
  executedTiles: z.array(whole),
  causalTiles: whole,
  /** Heads that ran dense because their pattern would not pay. */
  ranDense: z.array(whole),
});

export const runDescription = z.strictObject({
  format: z.literal('headscope-run'),
  version: z.literal(1),
  model: z.strictObject({
    /** Absolute, where it was. */
    path: text,
    name: text,
    /** Checkpoint.identity. */
    identity: text,
    layers: whole.min(1).max(4096),
    heads: whole.min(1).max(1 << 14),
    hiddenSize: whole.min(1).max(1 << 20),
    vocabSize: whole.min(1),
  }),
  /** Tokens. */
  n: whole.min(1).max(1 << 24),
  prompt: z.strictObject({ sha256: text.nullable(), source: text.nullable() }),
  /** [layer][head]; null: dense everywhere. */
  patterns: z.array(z.array(pattern)).nullable(),
  compat: z.boolean(),
  engineBuild: text,
  created: z.iso.datetime(),
  totalMs: milliseconds,
  /** One a layer, or empty. */
  timings: z.array(layerTimingRecord),
  /** lse.safetensors and overviews.safetensors exist. */
  has: z.strictObject({ lse: z.boolean(), overviews: z.boolean() }),
});
export type RunDescription = z.infer<typeof runDescription>;
export type LayerTimingRecord = z.infer<typeof layerTimingRecord>;

/** Throws RUN_INVALID. */
export function parseRunDescription(source: string): RunDescription {
  const value = parseStrictJson(source, { what: 'run.json', code: 'RUN_INVALID', maxDepth: 16 });
  return checkRunDescription(value);
}

export function checkRunDescription(value: unknown): RunDescription {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > 1)
    throw new HeadscopeError('RUN_INVALID', `run.json is of version ${version}; this Headscope reads version 1.`);
  const parsed = runDescription.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new HeadscopeError(
      'RUN_INVALID',
      `run.json is not a run's: at ${printable(issue?.path.map(String).join('.') || 'the whole')}: ${printable(issue?.message ?? 'invalid')}.`,
    );
  }
  const { model, patterns, timings } = parsed.data;
  const uneven = (rows: readonly (readonly unknown[])[]) => rows.length !== model.layers || rows.some((row) => row.length !== model.heads);
  if (patterns !== null && uneven(patterns))
    throw new HeadscopeError('RUN_INVALID', `run.json: the patterns are not of ${model.layers} layers and ${model.heads} heads.`);
  if (timings.length > 0 && uneven(timings.map(({ executedTiles }) => executedTiles))) {
    throw new HeadscopeError('RUN_INVALID', `run.json: the timings are not of ${model.layers} layers and ${model.heads} heads.`);
  }
  return parsed.data;
}
