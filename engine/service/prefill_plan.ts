// Whether a prefill fits the machine, asked before any of it is taken.
import type { NativeModel, PlanPlace } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';

export interface PlanSettings {
  threads: number;
  keepLayerInputs: boolean;
  keepOverviews: boolean;
  keepLse: boolean;
}

/** Left for the rest of the process and the system. */
const RESERVE_SHARE = 0.1;

/** Weights are mapped files: the system drops their pages when it needs them, so they do not count. */
export function heldBytes(places: readonly PlanPlace[]): number {
  return places.filter(({ name }) => !name.includes('mapped')).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Throws PROMPT_TOO_LONG with the plan, what is there, and the longest prompt and the setting that would fit. */
export function checkPlan(model: NativeModel, rows: number, settings: PlanSettings, availableBytes: number): PlanPlace[] {
  const room = availableBytes * (1 - RESERVE_SHARE);
  const places = model.plan(rows, settings);
  const bytes = heldBytes(places);
  if (bytes <= room) return places;
  let fits = 0;
  for (let low = 1, high = rows - 1; low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    if (heldBytes(model.plan(middle, settings)) <= room) {
      fits = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  const lean = { ...settings, keepLayerInputs: false, keepOverviews: false };
  const leanBytes = heldBytes(model.plan(rows, lean));
  const gib = (amount: number) => `${(amount / 2 ** 30).toFixed(2)} GiB`;
  const instead = leanBytes <= room ? ` Without the kept layer inputs and overviews it would hold ${gib(leanBytes)} and fit.` : '';
  throw new HeadscopeError(
    'PROMPT_TOO_LONG',
    `${rows} tokens would hold ${gib(bytes)}; ${gib(room)} may be used. Up to ${fits} tokens fit.${instead}`,
    { rows, bytes, availableBytes, usableBytes: room, fits, places, withoutLayerInputs: leanBytes },
  );
}
