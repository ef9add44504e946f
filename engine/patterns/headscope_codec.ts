// Headscope's own config file: a pattern for every head of a model, where it came from and what was measured. The user edits and exports this.
import { z } from 'zod';
import { parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { pattern } from '../protocol/pattern.ts';
import { parsePattern } from './parse_pattern.ts';

const whole = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1.01);
const shortText = z.string().max(4096);

const promptOf = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/), tokens: whole });

export const headChoice = z.strictObject({
  pattern,
  /** As the procedure scored the candidate that won. */
  score: z.number().optional(),
  /** Mean over rows of the attention kept, and tiles multiplied / causal tiles, of `pattern` itself. */
  recall: fraction.optional(),
  density: fraction.optional(),
  /** Who chose it: a candidate of the search, a hand, an import. */
  origin: shortText.optional(),
});
export type HeadChoice = z.infer<typeof headChoice>;

export const headscopeConfig = z.strictObject({
  format: z.literal('headscope-config'),
  version: z.literal(1),
  model: z.strictObject({
    /** Checkpoint.identity; null where the model is not known (imports, captures). */
    identity: shortText.nullable(),
    name: shortText,
    layers: whole.min(1).max(4096),
    heads: whole.min(1).max(1 << 14),
  }),
  provenance: z.strictObject({
    procedure: shortText,
    prompts: z.array(promptOf).max(10_000),
    /** Rows [first, end) whose recall was scored; null where nothing was. */
    scoredRows: z.tuple([whole, whole]).nullable(),
    /** On what the heads' recall and density were measured; absent where none was. */
    measured: z
      .strictObject({
        /** Null: a capture, whose prompt is not known. */
        prompt: promptOf.nullable(),
        /** Rows [first, end). */
        rows: z.tuple([whole, whole]),
      })
      .optional(),
    engineBuild: shortText,
    /** ISO 8601, UTC. */
    created: z.iso.datetime(),
  }),
  /** [layer][head] */
  heads: z.array(z.array(headChoice)),
});
export type HeadscopeConfig = z.infer<typeof headscopeConfig>;

/** Reads the file's text. Throws CONFIG_INVALID naming the place; a newer version is named as such. */
export function parseHeadscopeConfig(text: string): HeadscopeConfig {
  return checkHeadscopeConfig(parseStrictJson(text, { what: 'The config', code: 'CONFIG_INVALID', maxDepth: 16 }));
}

/** Wrong heads named in one refusal. */
const MOST_NAMED = 50;

/** The problems that lie at heads.LAYER.HEAD, up to 50 by name. */
function wrongHeads(issues: readonly z.core.$ZodIssue[]): { cells: { layer: number; head: number; problem: string }[]; moreCells: number } {
  const cells = issues.flatMap(({ path: [part, layer, head, ...rest], message }) => {
    if (part !== 'heads' || typeof layer !== 'number' || typeof head !== 'number') return [];
    const place = rest.length > 0 ? `${rest.map(String).join('.')}: ` : '';
    return [{ layer, head, problem: printable(`${place}${message}`) }];
  });
  return { cells: cells.slice(0, MOST_NAMED), moreCells: Math.max(0, cells.length - MOST_NAMED) };
}

export function checkHeadscopeConfig(value: unknown): HeadscopeConfig {
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  if (typeof version === 'number' && version > 1)
    throw new HeadscopeError('CONFIG_INVALID', `The config is of version ${version}; this Headscope reads version 1. Update Headscope.`);
  if (typeof value === 'object' && value !== null && 'model_type' in value)
    throw new HeadscopeError(
      'CONFIG_INVALID',
      'This is the configuration of a model, not a pattern config. Open the folder it lies in as a model.',
    );
  const parsed = headscopeConfig.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue === undefined || issue.path.length === 0 ? 'the whole' : issue.path.map(String).join('.');
    throw new HeadscopeError(
      'CONFIG_INVALID',
      `Not a Headscope config: at ${printable(where)}: ${printable(issue?.message ?? 'invalid')}.`,
      wrongHeads(parsed.error.issues),
    );
  }
  const config = parsed.data;
  const { layers, heads } = config.model;
  if (config.heads.length !== layers)
    throw new HeadscopeError('CONFIG_INVALID', `The config says ${layers} layers and lists ${config.heads.length}.`);
  config.heads.forEach((row, layer) => {
    if (row.length !== heads)
      throw new HeadscopeError('CONFIG_INVALID', `The config says ${heads} heads and lists ${row.length} in layer ${layer}.`);
    row.forEach((head, index) => {
      parsePattern(head.pattern, `layer ${layer}, head ${index}`); // the block size, which the schema leaves open
    });
  });
  const { scoredRows, measured } = config.provenance;
  requireRows('scored', scoredRows);
  requireRows('measured', measured?.rows ?? null);
  if (!measured && config.heads.flat().some(({ recall, density }) => recall !== undefined || density !== undefined))
    throw new HeadscopeError(
      'CONFIG_INVALID',
      'The config has measured recalls or densities and does not say on what: provenance.measured is missing.',
    );
  return config;
}

function requireRows(what: string, rows: readonly [number, number] | null): void {
  if (rows !== null && rows[0] >= rows[1])
    throw new HeadscopeError('CONFIG_INVALID', `The config's ${what} rows [${rows.join(', ')}) are empty.`);
}

/** The file's text, a line a head, so that a diff shows what changed. Throws CONFIG_INVALID rather than write what cannot be read back. */
export function formatHeadscopeConfig(config: HeadscopeConfig): string {
  const { heads, ...rest } = checkHeadscopeConfig(config);
  const front = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  const layers = heads.map((row) => `    [\n${row.map((head) => `      ${JSON.stringify(head)}`).join(',\n')}\n    ]`);
  return `${front},\n  "heads": [\n${layers.join(',\n')}\n  ]\n}\n`;
}
