import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { wholeNumber } from './numbers.ts';

export interface SliderProps {
  label: string;
  /** What is forced: '100 forced'. */
  caption?: string;
  /** The stops, ascending whole numbers; the value is one of them. Placed by their logarithm. */
  stops: readonly number[];
  value: number;
  /** The committed value: a grey bar where it differs. */
  committed?: number;
  /** Values worth a mark, such as the searched candidates. */
  ticks?: readonly number[];
  disabled?: boolean;
  /** False: letting go and leaving the field keep the edit open; only Enter commits. */
  commitOnRelease?: boolean;
  /** Every step of a drag. */
  onChange: (value: number) => void;
  /** The drag, the key or the field is done. */
  onCommit?: () => void;
  /** Escape, or a double click on the track. */
  onRevert?: () => void;
}

/** 0 to 1: the logarithm of 1 + value, so that a stop at 0 has a place. */
export function sliderFraction(value: number, stops: readonly number[]): number {
  const low = Math.log1p(stops[0] ?? 0);
  const high = Math.log1p(stops.at(-1) ?? 1);
  return high > low ? Math.min(1, Math.max(0, (Math.log1p(value) - low) / (high - low))) : 0;
}

export function nearestStop(fraction: number, stops: readonly number[]): number {
  let best = stops[0] ?? 0;
  for (const stop of stops)
    if (Math.abs(sliderFraction(stop, stops) - fraction) < Math.abs(sliderFraction(best, stops) - fraction)) best = stop;
  return best;
}

/** A logarithmic budget slider with its number field. Arrows move a stop, Shift or Page ten, Home and End to the ends. */
export function Slider(props: SliderProps) {
  const {
    label,
    caption,
    stops,
    value,
    committed,
    ticks = [],
    disabled = false,
    commitOnRelease = true,
    onChange,
    onCommit,
    onRevert,
  } = props;
  const track = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const [draft, setDraft] = useState<string | null>(null);
  const at = `${100 * sliderFraction(value, stops)}%`;
  const last = stops.length - 1;

  useEffect(() => setDraft(null), []);

  const fromPointer = (event: PointerEvent) => {
    const box = track.current?.getBoundingClientRect();
    if (box && box.width > 0) onChange(nearestStop((event.clientX - box.left) / box.width, stops));
  };
  const stepped = (by: number) => {
    const index = stops.indexOf(nearestStop(sliderFraction(value, stops), stops));
    const next = stops[Math.min(last, Math.max(0, index + by))];
    if (next !== undefined) onChange(next);
  };
  const keyDown = (event: KeyboardEvent) => {
    if (disabled || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 10 : 1;
    const { key } = event;
    if (key === 'ArrowRight' || key === 'ArrowUp') stepped(step);
    else if (key === 'ArrowLeft' || key === 'ArrowDown') stepped(-step);
    else if (key === 'PageUp') stepped(10);
    else if (key === 'PageDown') stepped(-10);
    else if (key === 'Home') stepped(-stops.length);
    else if (key === 'End') stepped(stops.length);
    else if (key === 'Enter') onCommit?.();
    else if (key === 'Escape') onRevert?.();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const takeDraft = (commit: boolean) => {
    if (draft === null) {
      if (commit) onCommit?.();
      return;
    }
    const number = Number(draft.replaceAll(',', '').trim());
    setDraft(null);
    if (draft.trim() !== '' && Number.isFinite(number) && stops.length > 0) {
      onChange(nearestStop(sliderFraction(number, stops), stops));
      if (commit) onCommit?.();
    }
  };
  return (
    <div className={disabled ? 'slider is-disabled' : 'slider'}>
      <div className="cap">
        <span>{label}</span>
        {caption !== undefined && <small>{caption}</small>}
      </div>
      <div
        ref={track}
        className="rail2"
        role="slider"
        tabIndex={disabled ? -1 : 0}
        aria-label={label}
        aria-valuemin={stops[0] ?? 0}
        aria-valuemax={stops[last] ?? 0}
        aria-valuenow={value}
        aria-valuetext={wholeNumber(value)}
        aria-disabled={disabled || undefined}
        onKeyDown={keyDown}
        onDoubleClick={disabled ? undefined : onRevert}
        onPointerDown={(event) => {
          if (disabled || event.button !== 0) return;
          dragging.current = true;
          event.currentTarget.setPointerCapture(event.pointerId);
          fromPointer(event);
        }}
        onPointerMove={(event) => {
          if (dragging.current) fromPointer(event);
        }}
        onPointerUp={() => {
          if (dragging.current && commitOnRelease) onCommit?.();
          dragging.current = false;
        }}
        onPointerCancel={() => {
          dragging.current = false;
        }}
      >
        <i className="trk" />
        <i className="fil" style={{ width: at }} />
        {ticks.map((tick) => (
          <i key={tick} className="tick" style={{ left: `${100 * sliderFraction(tick, stops)}%` }} />
        ))}
        {committed !== undefined && committed !== value && (
          <i className="was" style={{ left: `${100 * sliderFraction(committed, stops)}%` }} />
        )}
        <i className="thumb" style={{ left: at }} />
      </div>
      <input
        className="field field--num"
        aria-label={`${label}, number`}
        inputMode="numeric"
        disabled={disabled}
        value={draft ?? wholeNumber(value)}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onBlur={() => takeDraft(commitOnRelease)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') takeDraft(true);
          else if (event.key === 'Escape' && draft !== null) setDraft(null);
          else if (event.key === 'Escape') onRevert?.();
          else if (event.key === 'ArrowUp') stepped(event.shiftKey ? 10 : 1);
          else if (event.key === 'ArrowDown') stepped(event.shiftKey ? -10 : -1);
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </div>
  );
}
