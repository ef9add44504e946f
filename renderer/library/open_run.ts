// Everything that brings something to look at: prefills, saved runs, captures, configs. Each is a job; each refusal is shown with the
// engine's sentence, and what was open before stays as it was.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { Params } from '../../engine/protocol/methods.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { RecentEntry } from '../host/bridge.ts';
import { host } from '../host/current.ts';
import { configStore, loadUniform } from '../state/config_document.ts';
import { importDocument } from '../state/config_files.ts';
import { connectionStore, engine } from '../state/connection.ts';
import { restoreDraft } from '../state/drafts.ts';
import { dropEvaluations } from '../state/evaluations.ts';
import { focusStore, showArea } from '../state/focus.ts';
import { endJobsOf, startJob } from '../state/jobs.ts';
import { addRun, currentRun, dropRun, libraryStore, type RunSource, runOf, showRun } from '../state/library.ts';
import { dropMeasurements } from '../state/measurements.ts';
import { dismissRun, dismissTopic, notify, notifyError } from '../state/notices.ts';
import { clearReference } from '../state/reference.ts';
import { closeDocument, documentOf, keepIfUnsaved } from '../state/run_documents.ts';
import { dropSearches } from '../state/searches.ts';
import { dropSurfaces } from '../state/surfaces.ts';
import { libraryDialogStore, openNewRun, refuse } from './library_dialogs.ts';
import { forgetRecent, remember, rememberRun } from './recents.ts';

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
  const first = documentOf(runId) === null;
  showRun(runId);
  if (!documentFits(run.info)) startDocument(run.info);
  if (first) restoreDraft(run.info, run.name);
}

/** Puts the run on screen, with the patterns on screen where they fit and the starting ones where they do not. */
export function adoptRun(info: RunInfo, name: string, source: RunSource | null): void {
  addRun(info, name, source);
  goToRun(info.runId);
  showArea('atlas');
  if (source) for (const note of info.notes) notify({ title: `${name}:`, detail: note, topic: `note: ${note}`, runId: info.runId });
}

export interface RunRequest {
  /** Id or path. */
  model: string;
  modelName: string;
  prompt: { name: string; text: string };
}

/** Its id in the library; null for the user's own text. */
function listedPrompt({ name, text }: RunRequest['prompt']): string | null {
  return libraryStore.getState().prompts.find((prompt) => prompt.name === name && prompt.text === text)?.id ?? null;
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
    await rememberRun('prefill', prompt.name, model, info, listedPrompt(prompt));
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
    await rememberRun(method === 'run.open' ? 'run' : 'capture', name, place, info);
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
    if (connectionStore.getState().client === null)
      throw new HeadscopeError('BACKEND_UNAVAILABLE', 'The engine reads configs, and is not connected. Open it again once it is back.');
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
  dismissTopic('search');
  dismissRun(runId);
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
    await rememberRun('run', run.name, saved.path, run.info);
  } catch (thrown) {
    notifyError(thrown, `${run.name} was not saved`);
  }
}

/** Opens it the way it was opened; what is gone says so and leaves the list. */
export async function openRecent(entry: RecentEntry): Promise<void> {
  const { kind, name, place, run } = entry;
  const { configs, prompts, models } = libraryStore.getState();
  const modelName = models.find(({ id }) => id === place)?.name ?? run?.model ?? name;
  if (kind === 'run' || kind === 'capture') {
    const opened = await (kind === 'run' ? openSavedRun : openCapture)(place, name);
    if (!opened && GONE.has(refusedCode() ?? '')) await forgetRecent(entry);
  } else if (kind === 'prefill') {
    const prompt = prompts.find(({ id }) => id === run?.prompt);
    if (prompt?.text) await startRun({ model: place, modelName, prompt: { name: prompt.name, text: prompt.text } });
    else openNewRun({ model: place, modelName });
  } else if (kind === 'model') openNewRun({ model: place, modelName });
  else if (kind === 'config') {
    const config = configs.find(({ id }) => id === place);
    if (config) await openConfig(config.text, config.name, config.id);
    else {
      notify({ tone: 'warn', title: `${name} is not there any more.`, detail: 'It left the list.', topic: 'recent' });
      await forgetRecent(entry);
    }
  } else {
    const prompt = prompts.find(({ id }) => id === place);
    openNewRun(prompt?.text ? { prompt: { name: prompt.name, text: prompt.text } } : {});
  }
}

/** Codes that say that a place holds nothing to open. */
const GONE: ReadonlySet<string> = new Set(['FILE_NOT_FOUND', 'FILE_UNREADABLE']);

function refusedCode(): string | null {
  const { dialog } = libraryDialogStore.getState();
  return dialog?.kind === 'refused' ? dialog.refusal.code : null;
}
