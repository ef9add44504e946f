// The target's line across the plane: dragged up and down, it is the break of the atlas and the goal of the searches as well.
import { type PointerEvent, useRef } from 'react';
import { setPreferences } from '../state/preferences.ts';
import { targetAt, targetText } from './TargetField.tsx';

export interface CurveTargetProps {
  target: number;
  left: number;
  right: number;
  /** Its place, and the recall at a place. */
  y: number;
  recallAt: (y: number) => number;
  /** The plane's top edge. */
  top: number;
}

/** Baseline of the line's words: over it, or below where the plane ends. */
export const targetWordsAt = (y: number, top: number): number => (y - 4 < top + 10 ? y + 12 : y - 4);

export function CurveTarget({ target, left, right, y, recallAt, top }: CurveTargetProps) {
  const from = useRef<number | null>(null);
  const follow = (event: PointerEvent<SVGGElement>) => {
    const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
    if (!box || from.current === null) return;
    setPreferences({ target: targetAt(recallAt(event.clientY - box.top - from.current)) });
  };
  return (
    <g
      className="curve-target-grip"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        const box = event.currentTarget.ownerSVGElement?.getBoundingClientRect();
        from.current = event.clientY - (box?.top ?? 0) - y;
        event.currentTarget.setPointerCapture(event.pointerId);
        event.stopPropagation();
      }}
      onPointerMove={follow}
      onLostPointerCapture={() => {
        from.current = null;
      }}
    >
      <title>Target recall: drag, or type it above</title>
      <rect x={left} y={y - 5} width={right - left} height={10} />
      <line className="curve-target" x1={left} x2={right} y1={y} y2={y} />
      <text x={left + 4} y={targetWordsAt(y, top)}>
        {`target ${targetText(target)}`}
      </text>
    </g>
  );
}
