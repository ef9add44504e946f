// Everything a report says, as plain data: the report computes nothing but sums and means of it.
import type { Pattern } from '../../protocol/pattern.ts';
import type { Picture } from '../raster.ts';

export interface ReportPrefill {
  totalMs: number;
  layers: {
    attentionMs: number;
    linearMs: number;
    indexMs: number;
    otherMs: number;
    /** 64x64 tiles of all heads. */
    executedTiles: number;
    causalTiles: number;
    ranDense: number;
  }[];
}

export interface ReportHead {
  layer: number;
  head: number;
  /** What the config holds, and where that came from. */
  pattern: Pattern;
  origin: string;
  /** Of `pattern`, measured: means over the scored rows and over all rows, and the worst row. */
  recall: { scored: number; all: number; worst: number };
  density: number;
  /** |sparse - dense| / |dense| of the head's output; null where v is not known. */
  outputError: number | null;
  candidates: { pattern: Pattern; recall: number; density: number }[];
  /** Into candidates. */
  winner: number;
}

export interface ReportMap {
  layer: number;
  head: number;
  title: string;
  sentence: string;
  /** The token that the sentence speaks of. */
  token: { position: number; text: string } | undefined;
  pattern: Pattern;
  recall: number;
  density: number;
  light: Picture;
  dark: Picture;
  /** log2 of the values at both ends of the ramp, and the footprint of a pixel. */
  limits: { low: number; high: number };
  footprint: string;
}

export interface ReportToken {
  id: number;
  text: string;
  probability: number;
}

export interface ReportData {
  build: string;
  /** ISO 8601. */
  created: string;
  model: {
    name: string;
    hash: string;
    parameters: number;
    weights: string;
    layers: number;
    heads: number;
    kvHeads: number;
    headDim: number;
  };
  prompt: { name: string; hash: string; tokens: number; ending: string };
  machine: { device: string; threads: number };
  dense: ReportPrefill;
  /** Every head with its pattern, whether or not that is faster; and heads run densely where it is not. */
  asFound: ReportPrefill;
  wherePays: ReportPrefill;
  logits: {
    /** Largest absolute difference of the last token's logits, and KL(dense || as found) in nats. */
    maxAbs: number;
    kl: number;
    dense: ReportToken;
    sparse: ReportToken;
  };
  search: { procedure: string; scoredFrom: number; rows: number; skipped: Pattern[]; notes: string[]; elapsedMs: number };
  heads: ReportHead[];
  maps: ReportMap[];
  /** What to type to get each part again. */
  commands: string;
  files: { name: string; what: string }[];
}
