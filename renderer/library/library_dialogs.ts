// Which dialog of the library is open: one at a time.
import { z } from 'zod';
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { Result } from '../../engine/protocol/methods.ts';
import { byteCount } from '../ui/numbers.ts';
import { tooLong } from './memory_plan.ts';

/** Something the user gave that could not be used: what it was, why, and that nothing changed. */
export interface Refusal {
  /** 'Config not opened' */
  title: string;
  fileName: string;
  message: string;
  code: string;
  /** Figures side by side; a wrong one is told from a right one. */
  table: readonly { label: string; here: string; given: string; wrong: boolean }[];
  /** What `here` and `given` are: 'This run' and 'File'. */
  columns: readonly [string, string];
  /** Heads of a config that cannot be read, and how many more there are. */
  cells: readonly { head: string; problem: string }[];
  moreCells: number;
  /** Folders and files that were tried as several things: what each said. */
  tried: readonly { as: string; message: string }[];
}

export interface NewRunDraft {
  /** Id or path. */
  model: string | null;
  /** A name for a model that the library does not list. */
  modelName: string | null;
  prompt: { name: string; text: string } | null;
}

export type LibraryDialog =
  | ({ kind: 'new-run' } & NewRunDraft)
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'rename'; runId: string }
  | { kind: 'rename-bookmark'; id: string }
  | { kind: 'close'; runId: string }
  | { kind: 'drop-kept'; id: number }
  | { kind: 'delete-run'; place: string; name: string; folder: Result<'run.folder'> };

export const libraryDialogStore = createStore<{ dialog: LibraryDialog | null }>()(() => ({ dialog: null }));

/** Text that was typed into the dialog and not run: it is there again when the dialog opens without a prompt of its own. */
let unused: NewRunDraft['prompt'] = null;

export function keepUnusedPrompt(prompt: NewRunDraft['prompt']): void {
  unused = prompt;
}

export function openNewRun(draft: Partial<NewRunDraft> = {}): void {
  libraryDialogStore.setState({ dialog: { kind: 'new-run', model: null, modelName: null, prompt: unused, ...draft } });
}

export function showLibraryDialog(dialog: LibraryDialog): void {
  libraryDialogStore.setState({ dialog });
}

export function closeLibraryDialog(): void {
  libraryDialogStore.setState({ dialog: null });
}

const shapeOf = (value: unknown): { layers: number; heads: number } | null => {
  if (typeof value !== 'object' || value === null || !('layers' in value) || !('heads' in value)) return null;
  const { layers, heads } = value;
  return typeof layers === 'number' && typeof heads === 'number' ? { layers, heads } : null;
};

const count = (value: number) => value.toLocaleString('en-US');

/** The shapes of a config and of the run it does not fit; nothing where the error knows none. */
function shapeFigures(data: Record<string, unknown>): Refusal['table'] {
  const [run, file] = [shapeOf(data.run), shapeOf(data.file)];
  if (!run || !file) return [];
  const row = (label: string, here: number, given: number) => ({
    label,
    here: count(here),
    given: count(given),
    wrong: here !== given,
  });
  return [
    row('Layers', run.layers, file.layers),
    row('Heads per layer', run.heads, file.heads),
    row('Entries', run.layers * run.heads, file.layers * file.heads),
  ];
}

/** How long a prompt may be, beside how long this one is; null for any other refusal. */
function lengthFigures(thrown: unknown): Pick<Refusal, 'columns' | 'table'> | null {
  const figures = tooLong(thrown);
  if (!figures) return null;
  const { fits, rows, usableBytes, bytes } = figures;
  return {
    columns: ['Fits', 'This prompt'],
    table: [
      { label: 'Tokens', here: count(fits), given: count(rows), wrong: true },
      { label: 'Memory', here: byteCount(usableBytes), given: byteCount(bytes), wrong: true },
    ],
  };
}

const cell = z.object({ layer: z.number(), head: z.number(), problem: z.string() });
const refusalData = z.object({
  cells: z.array(cell).catch([]),
  moreCells: z.number().catch(0),
  tried: z.array(z.object({ as: z.string(), message: z.string() })).catch([]),
});

/** Says why `fileName` was not taken. A cancel is no refusal; neither is a lost connection, which has its own banner. */
export function refuse(title: string, fileName: string, thrown: unknown): void {
  const { code, message, data } = codedError(thrown);
  if (code === 'CANCELLED' || code === 'BACKEND_LOST') return;
  const figures = lengthFigures(thrown) ?? { columns: ['This run', 'File'], table: shapeFigures(data) };
  const { cells, moreCells, tried } = refusalData.parse(data);
  const refusal: Refusal = {
    title,
    fileName,
    message: message.replace(/^Internal error: /, ''),
    code,
    ...figures,
    cells: cells.map(({ layer, head, problem }) => ({ head: `L${layer} H${head}`, problem })),
    moreCells,
    tried,
  };
  libraryDialogStore.setState({ dialog: { kind: 'refused', refusal } });
}
