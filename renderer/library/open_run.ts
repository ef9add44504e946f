// Everything that brings something to look at: prefills, saved runs, captures, configs. Each is a job; each refusal is shown with the
// engine's sentence, and what was open before stays as it was.
import type { Params } from '../../engine/protocol/methods.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { RecentEntry } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { configStore, loadUniform } from '../state/config_document.ts';
import { importDocument } from '../state/config_files.ts';
import { engine } from '../state/connection.ts';
import { dropEvaluations } from '../state/evaluations.ts';
import { focusStore, showArea } from '../state/focus.ts';
import { endJobsOf, startJob } from '../state/jobs.ts';
import { addRun, currentRun, dropRun, libraryStore, type RunSource, runOf, showRun } from '../state/library.ts';
import { dropMeasurements } from '../state/measurements.ts';
import { notify, notifyError } from '../state/notices.ts';
import { clearReference } from '../state/reference.ts';
import { closeDocument, keepIfUnsaved } from '../state/run_documents.ts';
import { dropSearches } from '../state/searches.ts';
import { dropSurfaces } from '../state/surfaces.ts';
import { openNewRun, refuse } from './library_dialogs.ts';

/** What every head starts with where nothing was searched or loaded: MInference's 1,000 / 6,096, less for short prompts. */
export function startingPattern(rows: number): Pattern {
  const within = (value: number, least: number, most: number) => Math.round(Math.max(least, Math.min(most, value)));
  return { kind: 'vertical_slash', verticals: within(rows / 32, 30, 1000), slashes: within(rows / 16, 100, 6096) };
}

function startDocument({ layers, heads, rows, model }: RunInfo): void {
  // What lies here is of another run, which keeps it.
  configStore.setState({ ...configStore.getInitialState(), version: configStore.getState().version });
  clearReference();
  loadUniform(layers, heads, startingPattern(rows), model.name);
}

const documentFits = ({ layers, heads }: RunInfo): boolean => {
  const config = configStore.getState();
  return config.layers === layers && config.heads === heads;
};

/** Goes to an open run; one that was never on screen gets a document that fits it. */
export function goToRun(runId: string): void {
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  // A document that waits without a run and does not fit this one would be lost with its edits.
  if (focusStore.getState().runId === null && !documentFits(run.info)) keepIfUnsaved();
  showRun(runId);
  if (!documentFits(run.info)) startDocument(run.info);
}

/** Puts the run on screen, with the patterns on screen where they fit and the starting ones where they do not. */
export function adoptRun(info: RunInfo, name: string, source: RunSource | null): void {
  addRun(info, name, source);
  goToRun(info.runId);
  showArea('atlas');
  if (source) for (const note of info.notes) notify({ title: name, detail: note, topic: `note: ${note}` });
}

/** Puts it at the head of the recent list. A host that cannot keep the list loses nothing else. */
async function remember(kind: RecentEntry['kind'], name: string, place: string): Promise<void> {
  const recent = await host()
    .addRecent({ kind, name, place, openedAt: Date.now() })
    .catch(() => null);
  if (recent) libraryStore.setState({ recent });
}

export interface RunRequest {
  /** Id or path. */
  model: string;
  modelName: string;
  prompt: { name: string; text: string };
}

/** Resolves with whether a run came of it; a refusal is shown. */
export async function startRun({ model, modelName, prompt }: RunRequest): Promise<boolean> {
  const params: Params<'run.prefill'> = { model, prompt: { text: prompt.text } };
  const job = startJob({
    title: `Prefill, ${prompt.name}`,
    resume: { label: 'Start again', run: () => void startRun({ model, modelName, prompt }) },
    run: ({ signal, onProgress }) => engine().call('run.prefill', params, { signal, onProgress }),
  });
  try {
    const info = await job.result;
    adoptRun(info, prompt.name, { method: 'run.prefill', params });
    await remember('model', modelName, model);
    return true;
  } catch (thrown) {
    refuse('Run not started', `${prompt.name} on ${modelName}`, thrown);
    return false;
  }
}

/** The example's prompt: the one of several kinds, or else the longest that a laptop runs in seconds. */
export function examplePrompt<P extends { name: string; text: string | null; tokensHint: number; bundled: boolean }>(
  prompts: readonly P[],
): P | null {
  const short = prompts.filter((prompt) => prompt.bundled && prompt.text !== null && prompt.tokensHint <= 12_000);
  return short.find(({ name }) => name === 'mixed') ?? [...short].sort((a, b) => b.tokensHint - a.tokensHint)[0] ?? null;
}

/** The bundled model on a bundled prompt. */
export async function openExample(): Promise<boolean> {
  const { models, prompts } = libraryStore.getState();
  const model = models.find(({ bundled }) => bundled);
  const prompt = examplePrompt(prompts);
  if (!model || !prompt?.text) {
    notify({ tone: 'warn', title: 'The example is not installed.', detail: 'Open a model folder and a prompt instead.', topic: 'example' });
    return false;
  }
  return startRun({ model: model.id, modelName: model.name, prompt: { name: prompt.name, text: prompt.text } });
}

async function openPlace(method: 'run.open' | 'run.capture', place: string, name: string): Promise<boolean> {
  const params = { path: place };
  const job = startJob({
    title: `Open ${name}`,
    resume: { label: 'Start again', run: () => void openPlace(method, place, name) },
    run: ({ signal, onProgress }) => engine().call(method, params, { signal, onProgress }),
  });
  try {
    const info = await job.result;
    adoptRun(info, name, { method, params });
    await remember(method === 'run.open' ? 'run' : 'capture', name, place);
    return true;
  } catch (thrown) {
    refuse(method === 'run.open' ? 'Run not opened' : 'Capture not opened', name, thrown);
    return false;
  }
}

/** `place`: an id of the library or a path. */
export const openSavedRun = (place: string, name: string): Promise<boolean> => openPlace('run.open', place, name);
export const openCapture = (place: string, name: string): Promise<boolean> => openPlace('run.capture', place, name);

/** Reads a config into the document. Without a run any shape is taken; with one it must fit. `place`: its id in the library. */
export async function openConfig(text: string, fileName: string, place: string | null = null): Promise<boolean> {
  const run = currentRun();
  try {
    const table = await importDocument(text, fileName, run ? run.info : null);
    showArea(run ? 'atlas' : 'config');
    const heads = (table.layers * table.heads).toLocaleString('en-US');
    notify({ tone: 'ok', title: `${fileName} opened.`, detail: [`${heads} heads.`, ...table.notes].join(' '), topic: 'config opened' });
  } catch (thrown) {
    refuse('Config not opened', fileName, thrown);
    return false;
  }
  if (place !== null) await remember('config', fileName, place);
  return true;
}

/** Closes it here and in the engine; the next run, if any, comes on screen. */
export async function closeRun(runId: string): Promise<void> {
  const run = runOf(libraryStore.getState(), runId);
  if (!run) return;
  const shown = focusStore.getState().runId === runId;
  endJobsOf(runId);
  dropRun(runId);
  dropSurfaces(runId);
  dropMeasurements(runId);
  dropSearches(runId);
  dropEvaluations(runId);
  const next = libraryStore.getState().runs.at(-1);
  if (shown && next) goToRun(next.info.runId);
  else if (shown) focusStore.setState({ runId: null, hover: null, hoverHead: null, pinned: null });
  // With no other run to show, the document stays where it is, edits and all.
  if (next) closeDocument(runId, run.name);
  if (!run.live) return;
  try {
    await engine().call('run.close', { runId });
  } catch (thrown) {
    notifyError(thrown, `${run.name} was not closed in the engine`);
  }
}

/** Writes the run where the user says; only where engine and window share files. */
export async function saveRun(runId: string): Promise<void> {
  const run = runOf(libraryStore.getState(), runId);
  const path = run ? await host().chooseSavePath(`${run.name.replaceAll(/[^\w.-]+/g, '-')}.headscope-run`) : null;
  if (!run || !path) return;
  const job = startJob({
    title: `Save ${run.name}`,
    run: ({ signal, onProgress }) => engine().call('run.save', { runId, path }, { signal, onProgress }),
  });
  try {
    const saved = await job.result;
    notify({ tone: 'ok', title: `${run.name} saved.`, detail: saved.path, topic: 'run saved' });
    await remember('run', run.name, saved.path);
  } catch (thrown) {
    notifyError(thrown, `${run.name} was not saved`);
  }
}

export async function openRecent({ kind, name, place }: RecentEntry): Promise<void> {
  const library = libraryStore.getState();
  if (kind === 'run') await openSavedRun(place, name);
  else if (kind === 'capture') await openCapture(place, name);
  else if (kind === 'model') openNewRun({ model: place, modelName: name });
  else if (kind === 'config') {
    const config = library.configs.find(({ id }) => id === place);
    if (config) await openConfig(config.text, config.name, config.id);
    else notify({ tone: 'warn', title: `${name} is not there any more.`, topic: 'recent' });
  } else {
    const prompt = library.prompts.find(({ id }) => id === place);
    openNewRun(prompt?.text ? { prompt: { name: prompt.name, text: prompt.text } } : {});
  }
}
