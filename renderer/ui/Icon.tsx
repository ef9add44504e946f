import type { PatternKind } from '../../engine/protocol/pattern.ts';
import { ICONS, type IconName } from './icons.ts';
import { PATTERN_GLYPHS } from './pattern_words.ts';

/** Decorative: the control that holds it has the name. */
export function Icon({ name, small = false }: { name: IconName; small?: boolean }) {
  return (
    <svg className={small ? 'i i--12' : 'i'} viewBox="0 0 16 16" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}

/** A pattern's sign. `label` where no word beside it names the pattern. */
export function PatternGlyph({ kind, label }: { kind: PatternKind | 'none'; label?: string }) {
  const path = <path d={PATTERN_GLYPHS[kind]} />;
  if (label === undefined) {
    return (
      <svg className="g" viewBox="0 0 12 12" aria-hidden="true">
        {path}
      </svg>
    );
  }
  return (
    <svg className="g" viewBox="0 0 12 12" role="img" aria-label={label}>
      {path}
    </svg>
  );
}

/** The program's sign: causal triangle, sink column, slashes. */
export function Mark() {
  return (
    <svg className="i mark c-accent" viewBox="0 0 18 18" aria-hidden="true">
      <path d="M2.5 2.5v13h13z" fill="currentColor" stroke="none" opacity=".22" />
      <path d="M2.5 2.5v13M2.5 2.5l13 13M2.5 8l7.5 7.5" strokeWidth="1.8" />
    </svg>
  );
}
