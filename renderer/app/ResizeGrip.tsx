import { type KeyboardEvent, type PointerEvent, useRef } from 'react';

export interface ResizeGripProps {
  label: string;
  /** Which way the panel grows when the grip moves right or down: 1, or -1 for panels at the right and the bottom. */
  grows: 1 | -1;
  axis: 'x' | 'y';
  /** CSS pixels. */
  size: number;
  least: number;
  most: number;
  onResize: (size: number) => void;
}

const STEP = 8;

/** The edge of a panel: drag it, or move it by arrows, 8 pixels a step. */
export function ResizeGrip({ label, grows, axis, size, least, most, onResize }: ResizeGripProps) {
  const from = useRef<{ at: number; size: number } | null>(null);
  const set = (next: number) => onResize(Math.round(Math.min(most, Math.max(least, next))));
  const where = (event: PointerEvent) => (axis === 'x' ? event.clientX : event.clientY);
  const keyDown = (event: KeyboardEvent) => {
    const keys = axis === 'x' ? { ArrowRight: 1, ArrowLeft: -1 } : { ArrowDown: 1, ArrowUp: -1 };
    const step = new Map<string, number>(Object.entries(keys)).get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    set(size + step * grows * STEP);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a focusable separator is a widget; <hr> is not
    <div
      className={axis === 'x' ? 'grip grip--v' : 'grip grip--h'}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={axis === 'x' ? 'vertical' : 'horizontal'}
      aria-valuenow={Math.round(size)}
      aria-valuemin={least}
      aria-valuemax={most}
      onKeyDown={keyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { at: where(event), size };
      }}
      onPointerMove={(event) => {
        if (from.current) set(from.current.size + grows * (where(event) - from.current.at));
      }}
      onPointerUp={() => {
        from.current = null;
      }}
    />
  );
}
