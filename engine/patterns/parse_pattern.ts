// A pattern as a user writes it: JSON text, or the JSON value of a request.
import type { z } from 'zod';
import { parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { type Pattern, type PatternKind, pattern as patternSchema } from '../protocol/pattern.ts';

const EXAMPLES: Readonly<Record<PatternKind, string>> = {
  dense: '{"kind":"dense"}',
  a_shape: '{"kind":"a_shape","sink":100,"window":800}',
  vertical_slash: '{"kind":"vertical_slash","verticals":1000,"slashes":6096}',
  block_sparse: '{"kind":"block_sparse","blocks":100,"blockSize":64}',
};

export function isPatternKind(value: unknown): value is PatternKind {
  return typeof value === 'string' && Object.hasOwn(EXAMPLES, value);
}

/** Throws PATTERN_INVALID saying what is wrong and how a pattern of that kind is written. Budgets of 0 and above the input are allowed:
 * clampBudgets states what becomes of them. */
export function parsePatternText(text: string): Pattern {
  return parsePattern(parseStrictJson(text, { what: `The pattern ${printable(text)}`, code: 'PATTERN_INVALID', maxDepth: 8 }));
}

/** The same for a value; `where` names its place ('layer 3, head 5'). */
export function parsePattern(value: unknown, where = ''): Pattern {
  const at = where === '' ? '' : ` (${where})`;
  const parsed = patternSchema.safeParse(value);
  if (!parsed.success) {
    throw new HeadscopeError('PATTERN_INVALID', `Not a pattern${at}: ${patternIssues(parsed.error, value)}. ${exampleFor(value)}`);
  }
  const pattern = parsed.data;
  if (pattern.kind === 'block_sparse' && pattern.blockSize !== undefined && !isBlockSize(pattern.blockSize)) {
    throw new HeadscopeError(
      'PATTERN_INVALID',
      `Not a pattern${at}: blockSize is ${pattern.blockSize}; it must be a power of two from 16 to 1024.`,
    );
  }
  return pattern;
}

function isBlockSize(size: number): boolean {
  return size >= 16 && size <= 1024 && Number.isInteger(Math.log2(size));
}

function kindOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
}

function exampleFor(value: unknown): string {
  const kind = kindOf(value);
  return isPatternKind(kind) ? `Write, for example, ${EXAMPLES[kind]}.` : `Write one of ${Object.values(EXAMPLES).join(', ')}.`;
}

function patternIssues(error: z.ZodError, value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not a JSON object';
  if (!isPatternKind(kindOf(value))) return `the kind ${printable(JSON.stringify(kindOf(value)) ?? 'is absent and')} is unknown`;
  return error.issues
    .slice(0, 4)
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return `it has no ${issue.keys.slice(0, 4).map(printable).join(', ')}`;
      const field = issue.path.map(String).join('.');
      const given: unknown = Object.entries(value).find(([key]) => key === field)?.[1];
      if (given === undefined) return `${field} is missing`;
      const shown = typeof given === 'number' ? String(given) : printable(JSON.stringify(given) ?? String(given)); // 1e400 is Infinity
      return `${field} is ${shown}; it must be a whole number of ${field === 'lastQueries' ? 1 : 0} or more`;
    })
    .join('; ');
}
