// A config on its way out: what each format will say, what it cannot, and the file.
import type { RunInfo } from '../../engine/protocol/records.ts';
import { host } from '../host/current.ts';
import { commitLive, configStore, type HeadEntry, markSaved, shownEntries } from '../state/config_document.ts';
import { type ExportSettings, exportDocument } from '../state/config_files.ts';
import { startJob } from '../state/jobs.ts';
import { currentRun, type KnownRun } from '../state/library.ts';
import { isStale, measurementOf, measurementsStore } from '../state/measurements.ts';
import { notify, notifyError } from '../state/notices.ts';
import { headCount } from '../ui/numbers.ts';
import { budgetText, PATTERN_NAMES } from '../ui/pattern_words.ts';
import type { ConfigRow } from './config_rows.ts';

/** What MInference's file cannot say about these heads. */
export interface MinferenceLosses {
  /** It has no word for dense. */
  dense: number;
  /** It always runs 100 blocks of 64: other Block-Sparse budgets are refused. */
  otherBlocks: number;
  /** Estimators other than the last 64 queries with 30 columns and 100 distances forced. */
  estimators: number;
  /** Heads without a score: the file has a number for each, 0 where there is none. */
  unscored: number;
}

export function minferenceLosses(entries: readonly (readonly HeadEntry[])[]): MinferenceLosses {
  const losses = { dense: 0, otherBlocks: 0, estimators: 0, unscored: 0 };
  for (const { pattern, score } of entries.flat()) {
    if (score === null) losses.unscored += 1;
    if (pattern.kind === 'dense') losses.dense += 1;
    if (pattern.kind === 'block_sparse' && (pattern.blocks !== 100 || (pattern.blockSize ?? 64) !== 64)) losses.otherBlocks += 1;
    if (
      pattern.kind === 'vertical_slash' &&
      ((pattern.lastQueries ?? 64) !== 64 || (pattern.forcedSinks ?? 30) !== 30 || (pattern.forcedLocal ?? 100) !== 100)
    )
      losses.estimators += 1;
  }
  return losses;
}

/** How many heads each concerns, for the menu; what becomes of them the engine's own notes say. */
export function lossSentences({ dense, otherBlocks, estimators, unscored }: MinferenceLosses): string[] {
  return [
    ...(dense > 0 ? [`${headCount(dense)} dense.`] : []),
    ...(otherBlocks > 0 ? [`${headCount(otherBlocks)} Block-Sparse with another budget than 100 blocks of 64: it refuses those.`] : []),
    ...(estimators > 0 ? [`${headCount(estimators)} with estimator settings of ${estimators === 1 ? 'its' : 'their'} own.`] : []),
    ...(unscored > 0 ? [`${headCount(unscored)} without a score: 0 is written.`] : []),
  ];
}

/** Recall and density of every head whose pattern, as it is now, was measured on this run; nothing where none was. */
export function measuredOf({ runId, rows }: Pick<RunInfo, 'runId' | 'rows'>): Pick<ExportSettings, 'measured'> {
  const state = measurementsStore.getState();
  const table = shownEntries(configStore.getState()).map((row, layer) =>
    row.map(({ pattern }, head) => {
      const known = measurementOf(state, runId, { layer, head });
      if (!known || isStale(known, pattern)) return null;
      return { recall: Math.min(1, Math.max(0, known.recall)), density: known.executed };
    }),
  );
  return table.flat().some((head) => head !== null) ? { measured: { rows: [0, rows], heads: table } } : {};
}

const baseName = () => (configStore.getState().name || 'headscope config').replaceAll(/[\\/:*?"<>|]+/g, '-');

async function save(name: string, text: string, notes: readonly string[]): Promise<boolean> {
  const place = await host().saveText(name, text);
  if (place === null) return false;
  notify({ tone: 'ok', title: `Exported ${place}.`, detail: notes.join(' '), topic: 'export' });
  return true;
}

/** MInference has no word for dense; a budget of the whole prompt is the same mask there. */
function settingsOf(to: 'headscope' | 'minference', info: RunInfo): ExportSettings {
  if (to === 'headscope') return measuredOf(info);
  return minferenceLosses(shownEntries(configStore.getState())).dense > 0 ? { denseAs: { verticals: info.rows, slashes: info.rows } } : {};
}

/** What would be written as the document is now, with an edit under way, which stays one: the engine's own text and notes, nothing saved.
 * Throws what the export would be refused with. */
export async function previewExport(to: 'headscope' | 'minference', { info }: KnownRun): Promise<{ bytes: number; notes: string[] }> {
  const { text, notes } = await exportDocument(info.runId, to, settingsOf(to, info));
  return { bytes: new TextEncoder().encode(text).length, notes };
}

/** Asks the engine for the text, then the user for the place; an edit under way is kept first, as a step of its own. Refusals become a
 * notice; the document stays as it is. */
export async function exportConfig(to: 'headscope' | 'minference'): Promise<void> {
  const run = currentRun();
  if (!run) return;
  commitLive();
  try {
    const written = await startJob({
      title: 'Export config',
      run: () => exportDocument(run.info.runId, to, settingsOf(to, run.info)),
    }).result;
    const name = to === 'headscope' ? `${baseName()}.headscope.json` : `${baseName()}.json`;
    if (await save(name, written.text, written.notes)) markSaved();
  } catch (thrown) {
    notifyError(thrown, 'The config was not exported');
  }
}

/** Fields with commas or quotes in double quotes, quotes doubled (RFC 4180). */
const csvField = (value: string | number) => (/[",\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`);

export function tableCsv(rows: readonly ConfigRow[]): string {
  const header = [
    'layer',
    'head',
    'pattern',
    'budget',
    'reference_pattern',
    'reference_budget',
    'recall',
    'missed',
    'tiles',
    'nominal',
    'origin',
    'checks',
  ];
  const lines = rows.map(({ layer, head, pattern, reference, numbers, origin, checks }) =>
    [
      layer,
      head,
      PATTERN_NAMES[pattern.kind],
      budgetText(pattern).replaceAll(',', ''),
      reference ? PATTERN_NAMES[reference.kind] : '',
      reference ? budgetText(reference).replaceAll(',', '') : '',
      numbers?.recall ?? '',
      numbers?.missed ?? '',
      numbers?.executed ?? '',
      numbers?.nominal ?? '',
      origin,
      checks.join(' '),
    ]
      .map(csvField)
      .join(','),
  );
  return `${[header.join(','), ...lines].join('\n')}\n`;
}

export async function exportTable(rows: readonly ConfigRow[]): Promise<void> {
  try {
    await save(`${baseName()}.csv`, tableCsv(rows), []);
  } catch (thrown) {
    notifyError(thrown, 'The table was not exported');
  }
}

export async function exportDifference(rows: readonly ConfigRow[]): Promise<void> {
  const changed = rows
    .filter((row) => row.changed)
    .map(({ layer, head, reference, pattern }) => ({ layer, head, from: reference, to: pattern }));
  try {
    await save(`${baseName()}.difference.json`, `${JSON.stringify(changed, null, 2)}\n`, []);
  } catch (thrown) {
    notifyError(thrown, 'The difference was not exported');
  }
}
