import { mapFigure } from '../../../figures/map_figure.ts';
import { encodePng } from '../../../figures/png.ts';
import { PRINT_SCALE } from '../../../figures/sheet.ts';
import { frameFloats } from '../../../protocol/frame.ts';
import type { Rect } from '../../../protocol/records.ts';
import { writeFileAtomic } from '../../../runs/atomic_file.ts';
import { NpyWriter } from '../../../runs/npy.ts';
import { command } from '../command.ts';
import { aggregatedCells, keptCells, pictureSize } from '../head_cells.ts';
import { headOptions, PATTERN_HELP, SOURCE_HELP } from '../head_options.ts';
import { cellSize, flag, oneOf, rectangle, required, text, UsageError, value } from '../options.ts';
import { checkTargets } from '../output_files.ts';
import { readPattern } from '../read_inputs.ts';
import { openSource, sourceOptions, threadsOf } from '../source.ts';

/** Cells of a picture's longer side, unless --size says otherwise. */
const PICTURE_SIDE = 960;

export const map = command({
  name: 'map',
  summary: "A head's attention as a picture, or as exact numbers.",
  usage:
    'headscope map SOURCE --layer L --head H [--rect q0,q1,k0,k1] [--size WxH] [--aggregate sum|max|mean] [--mask P] --out map.png|map.npy',
  details: [
    SOURCE_HELP,
    '',
    '.npy without --size: exact probabilities, float32 [rows, keys]. With --size: [H, W] aggregated cells. .png: a figure with axes and legend.',
    'With --mask, .npy holds the fraction of each cell that the pattern keeps (NaN where a cell has no causal element).',
    '',
    PATTERN_HELP,
  ].join('\n'),
  options: {
    ...sourceOptions,
    ...headOptions,
    rect: value('R', 'q0,q1,k0,k1: rows and keys, half-open (default: all)', rectangle),
    size: value('WxH', 'cells (default: exact for .npy, up to 960 a side for .png)', cellSize),
    aggregate: value('HOW', 'what a cell shows of its elements: max (default), sum or mean', oneOf('sum', 'max', 'mean')),
    mask: value('P', 'a pattern to draw over the map: inline JSON, or @file', text),
    compat: flag("the mask as MInference's converter makes it"),
    out: value('F', 'map.png or map.npy', text),
  },
  run: async (context) => {
    const { values, engine, signal, say, progress } = context;
    const [layer, head, out] = [required(values.layer, 'layer'), required(values.head, 'head'), required(values.out, 'out')];
    const format = /\.(png|npy)$/i.exec(out)?.[1]?.toLowerCase();
    if (format === undefined) throw new UsageError(`--out ends in .png or .npy, not '${out}'.`);
    const pattern = values.mask === undefined ? undefined : await readPattern(values.mask);
    checkTargets(out);
    const run = await openSource(values, engine, context);
    const client = await engine();
    const rect: Rect = values.rect ?? [0, run.rows, 0, run.rows];
    const place = { runId: run.runId, layer, head, ...threadsOf(values) };
    const aggregate = values.aggregate ?? 'max';
    if (format === 'npy') {
      const size = values.size ?? { width: rect[3] - rect[2], height: rect[1] - rect[0] };
      const file = await NpyWriter.create(out, 'f4', [size.height, size.width]);
      try {
        if (pattern) await file.write(await keptCells(client, place, rect, size, { pattern, compat: values.compat }, signal));
        else if (values.size) await file.write(await aggregatedCells(client, place, rect, size, aggregate, signal));
        else {
          await client.call(
            'map.exact',
            { ...place, rect },
            { signal, onFrame: (frame) => file.write(frameFloats(frame)), onProgress: (state) => progress.show('map', state) },
          );
        }
        await file.commit();
      } finally {
        await file.discard();
      }
      say(`written: ${out}  float32 [${size.height}, ${size.width}]`);
      return { out, dtype: 'float32', shape: [size.height, size.width], rect, aggregate: values.size && !pattern ? aggregate : null };
    }
    const size = values.size ?? pictureSize(rect, PICTURE_SIDE);
    const cells = await aggregatedCells(client, place, rect, size, aggregate, signal);
    const mask = pattern && {
      pattern,
      cells: await keptCells(client, place, rect, size, { pattern, compat: values.compat }, signal),
      figures: await client.call('pattern.evaluate', { ...place, pattern, compat: values.compat }, { signal }),
    };
    const figure = mapFigure({
      model: run.model.name,
      layer,
      head,
      rect,
      ...size,
      cells,
      aggregate,
      ...(mask
        ? {
            kept: mask.cells,
            mask: { pattern: mask.pattern, recall: mask.figures.recall.mean, density: mask.figures.density.executed },
            ground: 'recall over all rows',
          }
        : {}),
    });
    await writeFileAtomic(out, encodePng(figure, PRINT_SCALE));
    say(`written: ${out}  ${figure.width}x${figure.height} pixels`);
    return { out, width: figure.width, height: figure.height, cells: size, rect, aggregate };
  },
});
