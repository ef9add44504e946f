import type { KeyboardEvent, ReactNode } from 'react';

export interface SegmentOption<V extends string> {
  value: V;
  label: ReactNode;
  /** Where the label is no text. */
  name?: string;
}

export interface SegmentedProps<V extends string> {
  label: string;
  options: readonly SegmentOption<V>[];
  value: V;
  onChange: (value: V) => void;
  /** As wide as its place. */
  fill?: boolean;
}

/** Two to five exclusive choices that change the picture: a radio group, arrows move and choose. */
export function Segmented<V extends string>({ label, options, value, onChange, fill = false }: SegmentedProps<V>) {
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = options.findIndex((option) => option.value === value);
    const next = event.key === 'Home' ? 0 : event.key === 'End' ? options.length - 1 : step === undefined ? -1 : at + step;
    const option = options[(next + options.length) % options.length];
    if (step === undefined && event.key !== 'Home' && event.key !== 'End') return;
    if (!option) return;
    event.preventDefault();
    event.stopPropagation();
    onChange(option.value);
    const buttons = event.currentTarget.querySelectorAll('button');
    buttons[options.indexOf(option)]?.focus();
  };
  return (
    <div className={fill ? 'seg seg--fill' : 'seg'} role="radiogroup" aria-label={label} onKeyDown={move}>
      {options.map((option) => (
        // biome-ignore lint/a11y/useSemanticElements: a native radio cannot hold the pressed look and the glyphs
        <button
          key={option.value}
          type="button"
          role="radio"
          aria-checked={option.value === value}
          aria-label={option.name}
          tabIndex={option.value === value ? 0 : -1}
          onClick={() => onChange(option.value)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
