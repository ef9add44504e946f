// A check's threshold, a fraction, edited where the check is stated. What is no number leaves it as it was.
import { useState } from 'react';
import { useStore } from 'zustand';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import type { Thresholds } from './config_rows.ts';

export interface ThresholdFieldProps {
  name: keyof Thresholds;
  label: string;
  /** The field's text of the stored fraction, and back. */
  shown: (fraction: number) => string;
  read: (text: number) => number;
}

export function ThresholdField({ name, label, shown, read }: ThresholdFieldProps) {
  const value = useStore(preferencesStore, (preferences) => preferences.checks[name]);
  const [draft, setDraft] = useState<string | null>(null);
  const take = () => {
    const wanted = read(Number(draft?.replace(',', '.')));
    // Thousandths are finer than any of these limits means.
    if (draft !== null && draft.trim() !== '' && wanted >= 0 && wanted <= 1)
      setPreferences({ checks: { ...preferencesStore.getState().checks, [name]: Math.round(1000 * wanted) / 1000 } });
    setDraft(null);
  };
  return (
    <input
      className="field config-limit"
      type="text"
      inputMode="decimal"
      aria-label={label}
      value={draft ?? shown(value)}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setDraft(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Enter') take();
        else if (event.key === 'Escape') setDraft(null);
      }}
    />
  );
}
