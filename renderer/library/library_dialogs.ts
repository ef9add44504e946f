// Which dialog of the library is open: one at a time.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';

/** Something the user gave that could not be used: what it was, why, and that nothing changed. */
export interface Refusal {
  /** 'Config not opened' */
  title: string;
  fileName: string;
  message: string;
  code: string;
  /** Figures side by side; a wrong one is told from a right one. */
  table: readonly { label: string; run: string; file: string; wrong: boolean }[];
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
  | { kind: 'close'; runId: string };

export const libraryDialogStore = createStore<{ dialog: LibraryDialog | null }>()(() => ({ dialog: null }));

export function openNewRun(draft: Partial<NewRunDraft> = {}): void {
  libraryDialogStore.setState({ dialog: { kind: 'new-run', model: null, modelName: null, prompt: null, ...draft } });
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

/** Says why `fileName` was not taken. A cancel is no refusal; neither is a lost connection, which has its own banner. */
export function refuse(title: string, fileName: string, thrown: unknown): void {
  const { code, message, data } = codedError(thrown);
  if (code === 'CANCELLED' || code === 'BACKEND_LOST') return;
  const [run, file] = [shapeOf(data.run), shapeOf(data.file)];
  const table =
    run && file
      ? [
          { label: 'Layers', run: String(run.layers), file: String(file.layers), wrong: run.layers !== file.layers },
          { label: 'Heads per layer', run: String(run.heads), file: String(file.heads), wrong: run.heads !== file.heads },
        ]
      : [];
  const sentence = message.replace(/^Internal error: /, '');
  libraryDialogStore.setState({ dialog: { kind: 'refused', refusal: { title, fileName, message: sentence, code, table } } });
}
