// What a drawn pixel stands for, in the words that every picture carries.
import type { ReadoutState } from '../state/readout.ts';
import { wholeNumber } from '../ui/numbers.ts';

/** '1 px = 64×64 tokens, max' */
export function footprintText({ footprint, aggregate }: Pick<ReadoutState, 'footprint' | 'aggregate'>): string | null {
  if (!footprint) return null;
  const tokens = (count: number) => (count >= 10 ? wholeNumber(count) : String(Number(count.toPrecision(2))));
  const { rows, columns } = footprint;
  if (rows < 1 && columns < 1) return `1 token = ${tokens(1 / rows)}×${tokens(1 / columns)} px`;
  return `1 px = ${tokens(rows)}×${tokens(columns)} tokens, ${aggregate}`;
}
