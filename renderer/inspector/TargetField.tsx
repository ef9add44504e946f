// The recall a head should reach: one number for the curve's line, the atlas' break and the searches by target.
import { useState } from 'react';
import { useStore } from 'zustand';
import { preferencesStore, setPreferences } from '../state/preferences.ts';

/** '0.95', '0.975': as many decimals as it has, two at least. */
export const targetText = (target: number): string => target.toFixed(Math.abs(100 * target - Math.round(100 * target)) < 1e-9 ? 2 : 3);

/** A target on the scale of a thousandth, inside (0, 1). */
export const targetAt = (recall: number): number => Math.min(0.999, Math.max(0.01, Math.round(1000 * recall) / 1000));

const FINE = 0.001;
const COARSE = 0.01;

export function TargetField() {
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const [draft, setDraft] = useState<string | null>(null);
  const take = () => {
    const wanted = Number(draft?.replace(',', '.'));
    if (draft !== null && draft.trim() !== '' && Number.isFinite(wanted) && wanted > 0)
      setPreferences({ target: targetAt(wanted > 1 ? wanted / 100 : wanted) });
    setDraft(null);
  };
  return (
    <label className="insp-target">
      target
      <input
        className="field"
        type="text"
        inputMode="decimal"
        aria-label="Target recall"
        title="Arrows move by 0.001, with Shift by 0.01"
        value={draft ?? targetText(target)}
        onFocus={(event) => event.target.select()}
        onChange={(event) => setDraft(event.target.value)}
        onBlur={take}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowUp' ? 1 : event.key === 'ArrowDown' ? -1 : 0;
          if (step !== 0) {
            setPreferences({ target: targetAt(target + step * (event.shiftKey ? COARSE : FINE)) });
            setDraft(null);
          } else if (event.key === 'Enter') take();
          else if (event.key === 'Escape') setDraft(null);
          else {
            event.stopPropagation();
            return;
          }
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </label>
  );
}
