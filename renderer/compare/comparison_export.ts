// A comparison as a file: everything as JSON with what it was made of, or the layers as CSV.
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { host } from '../host/current.ts';
import type { ComparisonEntry } from '../state/comparisons.ts';
import type { KnownRun } from '../state/library.ts';
import { notify, notifyError } from '../state/notices.ts';

type Done = Pick<ComparisonEntry, 'patterns' | 'configName' | 'baseline' | 'madeAt'> & { result: Comparison };

/** A: the baseline, B: the config. Times in milliseconds, KL in nats, drift as ||A - B|| / ||A||. */
export function comparisonJson({ result, patterns, configName, baseline, madeAt }: Done, { info, name }: KnownRun): string {
  const document = {
    format: 'headscope-comparison',
    version: 1,
    made: madeAt === null ? null : new Date(madeAt).toISOString(),
    run: { name, model: info.model, promptHash: info.promptHash, rows: info.rows, heads: info.heads },
    a: baseline === null ? { name: 'dense' } : { name: baseline.name, document: baseline.document },
    b: { name: configName, patterns },
    // The engine names its sides dense and sparse whatever A is.
    sides: { dense: 'a', sparse: 'b' },
    result,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const HEADER = [
  'layer',
  'a_attention_ms',
  'b_attention_ms',
  'b_index_ms',
  'b_tiles',
  'causal_tiles',
  'b_heads_run_dense',
  'drift_rel_l2',
  'drift_rel_l2_last_row',
];

/** One line a layer; an empty field where the hidden states were not compared. */
export function layersCsv({ layers }: Comparison): string {
  const lines = layers.map(({ denseMs, sparseMs, indexMs, tiles, causal, ranDense, hidden }, layer) =>
    [layer, denseMs, sparseMs, indexMs, tiles, causal, ranDense.length, hidden?.relL2 ?? '', hidden?.lastRelL2 ?? ''].join(','),
  );
  return `${[HEADER.join(','), ...lines].join('\n')}\n`;
}

const fileName = (text: string) => text.replaceAll(/[\\/:*?"<>|]+/g, '-');

/** Asks the user for the place; what fails becomes a notice. */
export async function saveComparison(kind: 'json' | 'csv', entry: Done, run: KnownRun): Promise<void> {
  const name = fileName(`${entry.configName || 'config'} against ${entry.baseline?.name ?? 'dense'}`);
  try {
    const text = kind === 'json' ? comparisonJson(entry, run) : layersCsv(entry.result);
    const place = await host().saveText(kind === 'json' ? `${name}.comparison.json` : `${name}.layers.csv`, text);
    if (place !== null) notify({ tone: 'ok', title: `Exported ${place}.`, topic: 'export' });
  } catch (thrown) {
    notifyError(thrown, 'The comparison was not exported');
  }
}
