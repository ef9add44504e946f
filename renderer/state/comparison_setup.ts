// What the next comparison runs: against dense or another config that is at hand, and how often.
import { createStore } from 'zustand/vanilla';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { engine } from './connection.ts';
import { libraryStore } from './library.ts';
import { referenceStore } from './reference.ts';
import { runDocumentsStore } from './run_documents.ts';

/** Prefills of each side; odd, so that a median is one of them. */
export const REPEATS = [1, 3, 5] as const;
export const DENSE = 'dense';

export interface ComparisonSetup {
  /** The id of one of `baselines()`. */
  baseline: string;
  repeats: number;
}

export const comparisonSetupStore = createStore<ComparisonSetup>()(() => ({ baseline: DENSE, repeats: 1 }));

type Table = readonly (readonly Pattern[])[];

/** A side to compare with. `source` null: dense. */
export interface Baseline {
  id: string;
  name: string;
  /** Where it is from, in a word or two. */
  from: string;
  source: { text: string } | { patterns: Table } | null;
}

/** Dense, the file the document is compared against, and the configs of the rail. Documents of another shape are left out; a file of the
 * library is refused by the engine where it does not fit. */
export function baselines(shape: { layers: number; heads: number }): Baseline[] {
  const fits = (patterns: Table) => patterns.length === shape.layers && patterns[0]?.length === shape.heads;
  const { name, table } = referenceStore.getState();
  const { configs } = libraryStore.getState();
  return [
    { id: DENSE, name: 'dense', from: '', source: null },
    ...(name !== null && table && fits(table.patterns)
      ? [{ id: 'reference', name, from: 'the config’s file', source: { patterns: table.patterns } }]
      : []),
    ...runDocumentsStore.getState().kept.flatMap(({ id, name: kept, config }) => {
      const patterns = config.entries.map((row) => row.map(({ pattern }) => pattern));
      return fits(patterns) ? [{ id: `kept ${id}`, name: kept, from: 'not exported', source: { patterns } }] : [];
    }),
    ...configs
      .filter((config) => config.name !== name)
      .map((config) => ({
        id: `library ${config.id}`,
        name: config.name,
        from: config.bundled ? 'bundled' : 'library',
        source: { text: config.text },
      })),
  ];
}

/** The chosen one; dense where it is no longer there. */
export function chosenBaseline(shape: { layers: number; heads: number }): Baseline {
  const all = baselines(shape);
  const { baseline } = comparisonSetupStore.getState();
  const dense: Baseline = { id: DENSE, name: 'dense', from: '', source: null };
  return all.find(({ id }) => id === baseline) ?? dense;
}

/** The document that run.compare takes; null: dense. */
export async function baselineDocument(runId: string, { source }: Baseline): Promise<string | null> {
  if (source === null) return null;
  if ('text' in source) return source.text;
  const patterns = source.patterns.map((row) => [...row]);
  const origins = patterns.map((row) => row.map(() => null));
  return (await engine().call('config.write', { runId, to: 'headscope', patterns, origins })).text;
}
