// The demo's pictures: the atlas, and a map of each telling head with its mask.
import { join } from 'node:path';
import { atlasFigure } from '../../../figures/atlas_figure.ts';
import { logLimits } from '../../../figures/log_scale.ts';
import { mapFigure } from '../../../figures/map_figure.ts';
import { footprintText } from '../../../figures/map_legend.ts';
import { type MapCells, mapPlot } from '../../../figures/map_plot.ts';
import { encodePng } from '../../../figures/png.ts';
import type { ReportMap } from '../../../figures/report/report_data.ts';
import { PRINT_SCALE } from '../../../figures/sheet.ts';
import { type TellingHead, tellingHeads } from '../../../figures/telling_heads.ts';
import { DARK, LIGHT } from '../../../figures/theme.ts';
import { count } from '../../../figures/wording.ts';
import type { Client } from '../../../protocol/client.ts';
import type { Progress } from '../../../protocol/envelope.ts';
import type { Rect, RunInfo } from '../../../protocol/records.ts';
import { writeFileAtomic } from '../../../runs/atomic_file.ts';
import { aggregatedCells, keptCells, pictureSize } from '../head_cells.ts';
import type { MeasuredHead } from './head_measurements.ts';

const FILE_SIDE = 720;
/** The report embeds its maps, so they are smaller. */
const REPORT_SIDE = 480;

export interface DemoPictures {
  maps: ReportMap[];
  /** Relative to the demo's folder. */
  files: { name: string; what: string }[];
}

async function drawn(client: Client, run: RunInfo, { report }: MeasuredHead, side: number, signal: AbortSignal): Promise<MapCells> {
  const rect: Rect = [0, run.rows, 0, run.rows];
  const size = pictureSize(rect, side);
  const place = { runId: run.runId, layer: report.layer, head: report.head };
  const cells = await aggregatedCells(client, place, rect, size, 'max', signal);
  const kept = await keptCells(client, place, rect, size, { pattern: report.pattern, compat: false }, signal);
  return { cells, ...size, rect, aggregate: 'max', kept };
}

function reportMap(cells: MapCells, { report }: MeasuredHead, telling: TellingHead, token: ReportMap['token']): ReportMap {
  const limits = logLimits(cells.cells);
  return {
    layer: report.layer,
    head: report.head,
    title: telling.title,
    sentence: telling.sentence,
    token,
    pattern: report.pattern,
    recall: report.recall.scored,
    density: report.density,
    light: mapPlot(cells, LIGHT, { limits }),
    dark: mapPlot(cells, DARK, { limits }),
    limits,
    footprint: footprintText(cells),
  };
}

/** Writes maps/*.png below `out`, and returns what the report shows of them. tokenText: readable text of the token at a position. */
export async function drawPictures(
  client: Client,
  run: RunInfo,
  heads: readonly MeasuredHead[],
  scoredFrom: number,
  out: string,
  tokenText: (position: number) => Promise<string>,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<DemoPictures> {
  const model = run.model.name;
  const atlas = atlasFigure({
    title: `${model}: missed mass by head`,
    subtitle: `${count(run.rows)} tokens, rows from ${count(scoredFrom)} on, patterns of the released search`,
    layers: run.layers,
    heads: run.heads,
    cells: heads.map(({ report }) => ({
      layer: report.layer,
      head: report.head,
      pattern: report.pattern,
      missed: 1 - report.recall.scored,
    })),
  });
  await writeFileAtomic(join(out, 'maps', 'atlas.png'), encodePng(atlas, PRINT_SCALE));
  const files = [{ name: 'maps/atlas.png', what: "every head's missed mass and pattern" }];
  const maps: ReportMap[] = [];
  const telling = tellingHeads(heads.map(({ features }) => features));
  for (const [done, choice] of telling.entries()) {
    const head = heads.find(({ features }) => features === choice.features);
    if (!head) continue;
    const { layer, head: number, pattern, recall, density } = head.report;
    onProgress({ done, total: telling.length, unit: 'map', note: `layer ${layer}, head ${number}` });
    const name = `maps/layer-${String(layer).padStart(2, '0')}-head-${String(number).padStart(2, '0')}.png`;
    const cells = await drawn(client, run, head, FILE_SIDE, signal);
    const figure = mapFigure({
      ...cells,
      model,
      layer,
      head: number,
      mask: { pattern, recall: recall.scored, density },
      ground: `recall over rows from ${count(scoredFrom)} on`,
    });
    await writeFileAtomic(join(out, name), encodePng(figure, PRINT_SCALE));
    files.push({ name, what: `${choice.title}: layer ${layer}, head ${number}, with its mask` });
    const token = choice.position === undefined ? undefined : { position: choice.position, text: await tokenText(choice.position) };
    maps.push(reportMap(await drawn(client, run, head, REPORT_SIDE, signal), head, choice, token));
  }
  return { maps, files };
}
