// The colour of a head's cell by the quantity shown, and the ramp of the legend: both from the same function.
import { colourAt, colourTable, luminance, MISSED_LIMIT, missedShare, type Rgb, type ThemeName } from '../ui/colour_maps.ts';
import { percent, recallText, wholeNumber } from '../ui/numbers.ts';
import { PATTERN_NAMES } from '../ui/pattern_words.ts';
import type { AtlasHead, ColourBy } from './atlas_heads.ts';
import { KINDS_RANKED, quantityOf } from './atlas_heads.ts';

export interface ColourScale {
  by: ColourBy;
  title: string;
  low: string;
  high: string;
  /** Where the ramp breaks, as a share of its length, and what it stands for. */
  mark: { at: number; label: string } | null;
  colour: (value: number) => Rgb;
  /** The value as a thumbnail and a layer's mean say it. */
  text: (value: number) => string;
  /** The colour at a share of the legend's length. */
  along: (share: number) => Rgb;
}

/** Keeps a passing head apart from the page of the dark theme. */
const DARK_FLOOR = 0.04;
/** The part of the ramp that tells kinds apart. */
const [PATTERN_LEAST, PATTERN_MOST] = [0.12, 0.85];
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
      text: percent,
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
    return {
      by,
      title: 'Tiles kept',
      low: '0',
      high: percent(limit, 0),
      mark: null,
      colour: (value) => along(value / limit),
      text: percent,
      along,
    };
  }
  if (by === 'pattern') {
    const table = colourTable('kept', theme);
    const last = KINDS_RANKED.length - 1;
    const along = (share: number) => colourAt(table, PATTERN_LEAST + (PATTERN_MOST - PATTERN_LEAST) * share);
    const [low = '', high = ''] = [KINDS_RANKED[0], KINDS_RANKED[last]].map((kind) => (kind ? PATTERN_NAMES[kind] : ''));
    return { by, title: 'Pattern', low, high, mark: null, colour: (value) => along(value / last), text: () => '', along };
  }
  // Scores of some procedures are counts, not shares.
  if (by === 'score' && values.some((value) => value > 1.01 || value < 0)) {
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const table = colourTable('attention', theme);
    const along = (share: number) => colourAt(table, 0.9 * share);
    const text = (value: number) => wholeNumber(value);
    return {
      by,
      title: 'Score',
      low: text(least),
      high: text(most),
      mark: null,
      colour: (value) => along((value - least) / Math.max(1e-12, most - least)),
      text,
      along,
    };
  }
  const least = Math.min(1, ...values);
  const low = Math.min(0.9, Math.floor(10 * least) / 10);
  const table = colourTable('attention', theme);
  const along = (share: number) => colourAt(table, 0.9 * share);
  return {
    by,
    title: by === 'score' ? 'Score' : 'Recall',
    text: recallText,
    low: recallText(low),
    high: recallText(1),
    mark:
      by === 'recall' && targetRecall > low
        ? { at: (targetRecall - low) / (1 - low), label: `mark: target ${recallText(targetRecall)}` }
        : null,
    colour: (value) => along((value - low) / (1 - low)),
    along,
  };
}

/** The ink that reads on a colour. */
export const inkOn = (colour: Rgb): string => (luminance(colour) > 0.22 ? '#15181c' : '#ffffff');
