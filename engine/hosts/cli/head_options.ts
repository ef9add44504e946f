// Options that name one head and one pattern.
import { flag, text, value, wholeNumber } from './options.ts';

export const headOptions = {
  layer: value('L', 'layer, from 0', wholeNumber),
  head: value('H', 'query head, from 0', wholeNumber),
} as const;

export const patternOptions = {
  pattern: value('P', 'the pattern: inline JSON, or @file', text),
  compat: flag("vertical_slash as MInference's converter makes it: 64-wide ranges and single columns"),
} as const;

export const PATTERN_HELP = [
  'P is one of',
  '  {"kind":"a_shape","sink":100,"window":800}                      keys below sink, and those less than window back',
  '  {"kind":"vertical_slash","verticals":1000,"slashes":6096}       [,"lastQueries":64,"forcedSinks":30,"forcedLocal":100]',
  '  {"kind":"block_sparse","blocks":100,"blockSize":64}',
  '  {"kind":"dense"}',
].join('\n');

export const SOURCE_HELP = [
  'SOURCE is one of',
  '  --model DIR --prompt-file F | --tokens F    prefill first',
  '  --run DIR                                   a saved run (prefill --save-run); --model DIR where its model moved',
  '  --capture DIR                               q, k, v of any framework',
].join('\n');
