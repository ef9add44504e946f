// The colour of a head's cell by the quantity shown, and the ramp of the legend: both from the same function.
import { colourAt, colourTable, luminance, MISSED_LIMIT, missedShare, type Rgb, type ThemeName } from '../ui/colour_maps.ts';
import { percent, recallText } from '../ui/numbers.ts';
import type { AtlasHead, ColourBy } from './atlas_heads.ts';
import { quantityOf } from './atlas_heads.ts';

export interface ColourScale {
  by: ColourBy;
  title: string;
  low: string;
  high: string;
  /** Where the ramp breaks, as a share of its length, and what it stands for. */
  mark: { at: number; label: string } | null;
  colour: (value: number) => Rgb;
  /** The colour at a share of the legend's length. */
  along: (share: number) => Rgb;
}

/** Keeps a passing head apart from the page of the dark theme. */
const DARK_FLOOR = 0.04;
/** Of the legend's length, what lies below the target. */
const LEGEND_BREAK = 1 / 3;

/** `values`: what the atlas shows, for limits that follow the data. */
export function colourScale(by: ColourBy, heads: readonly AtlasHead[], targetRecall: number, theme: ThemeName): ColourScale {
  if (by === 'missed') {
    const target = 1 - targetRecall;
    const limit = Math.max(MISSED_LIMIT, 2 * target);
    const table = colourTable('missed', theme);
    const colour = (missed: number) => colourAt(table, (theme === 'dark' ? DARK_FLOOR : 0) + missedShare(missed, target));
    return {
      by,
      title: 'Missed mass',
      low: '0',
      high: percent(limit, 0),
      mark: {
        at: LEGEND_BREAK,
        label: `mark: target ${percent(target, Math.abs(100 * target - Math.round(100 * target)) < 1e-9 ? 0 : 1)}`,
      },
      colour,
      along: (share) =>
        colour(
          share < LEGEND_BREAK
            ? (target * share) / LEGEND_BREAK - 1e-9
            : target * (limit / target) ** ((share - LEGEND_BREAK) / (1 - LEGEND_BREAK)),
        ),
    };
  }
  const values = heads.flatMap((head) => quantityOf(head, by) ?? []);
  if (by === 'tiles') {
    const limit = Math.max(0.1, Math.ceil(10 * Math.max(0, ...values)) / 10);
    const table = colourTable('kept', theme);
    const along = (share: number) => colourAt(table, share);
    return { by, title: 'Tiles kept', low: '0', high: percent(limit, 0), mark: null, colour: (value) => along(value / limit), along };
  }
  const least = Math.min(1, ...values);
  const low = Math.min(0.9, Math.floor(10 * least) / 10);
  const table = colourTable('attention', theme);
  const along = (share: number) => colourAt(table, 0.9 * share);
  return {
    by,
    title: 'Recall',
    low: recallText(low),
    high: recallText(1),
    mark: { at: (targetRecall - low) / (1 - low), label: `mark: target ${recallText(targetRecall)}` },
    colour: (value) => along((value - low) / (1 - low)),
    along,
  };
}

/** The ink that reads on a colour. */
export const inkOn = (colour: Rgb): string => (luminance(colour) > 0.22 ? '#15181c' : '#ffffff');
