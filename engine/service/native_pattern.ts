// A pattern of the protocol as the addon takes it, and what becomes of its budgets.
import type { NativePattern } from '../native/addon.ts';
import { clampBudgets, withDefaults } from '../patterns/budgets.ts';
import { parsePattern } from '../patterns/parse_pattern.ts';
import type { Pattern } from '../protocol/pattern.ts';

/** Throws PATTERN_INVALID for what the protocol's schema leaves open. */
export function nativePattern(pattern: Pattern): NativePattern {
  return withDefaults(parsePattern(pattern));
}

/** A sentence for every budget that is used otherwise than it was given. */
export function clampNotes(pattern: Pattern, rows: number): string[] {
  return clampBudgets(pattern, rows).notes;
}
