// For tests of the ways in: a host of one browser tab, an engine whose prefill holds 1 MB a token, a library of one model and two prompts.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { HostBridge, RecentEntry } from '../host/bridge.ts';
import { setHost } from '../host/current.ts';
import { configStore } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { libraryStore } from '../state/library.ts';
import { noticesStore } from '../state/notices.ts';
import { libraryDialogStore } from './library_dialogs.ts';

const GB = 1e9;
let recent: RecentEntry[] = [];

const refuseConnection = async () => {
  throw new Error('not used');
};
const bridge: HostBridge = {
  kind: 'web',
  sharesFiles: false,
  connect: refuseConnection,
  openFile: async () => null,
  openFolder: async () => null,
  chooseSavePath: async () => null,
  saveText: async (name) => name,
  savePng: async (name) => name,
  droppedPath: () => null,
  readPreferences: async () => null,
  writePreferences: async () => {},
  onPreferences: () => () => {},
  drafts: { claim: async () => [], write: () => true },
  recent: async () => recent,
  addRecent: async (entry) => {
    recent = [entry, ...recent];
    return recent;
  },
  removeRecent: async () => [],
  onCommand: () => () => {},
  onOpenText: () => () => {},
  engineProcess: null,
  tokenGate: null,
  setMenu: () => {},
  setTheme: () => {},
  describeWindow: () => {},
};

export const INSPECTED = {
  path: 'bundled:demo',
  name: 'demo',
  architecture: 'LlamaForCausalLM',
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 8,
  hiddenSize: 32,
  intermediateSize: 64,
  vocabSize: 100,
  rope: {},
  rmsNormEps: 1e-5,
  parametersByDtype: {},
  parameters: 1,
  weightBytes: 1,
  files: [],
  tied: true,
  contextLength: 16384,
  tokenizerPresent: true,
  identity: 'x',
  weightsSha256: null,
  notes: [],
};

export const tooLongError = (rows: number) =>
  new HeadscopeError('PROMPT_TOO_LONG', `${rows} tokens would hold too much. Up to 1800 tokens fit.`, {
    rows,
    bytes: rows * 1e6,
    usableBytes: 1.8 * GB,
    fits: 1800,
  });

/** An engine whose prefill holds 1 MB a token. */
export const engineOf = (runs: string[] = []) => ({
  'tokenizer.encode': async ({ text }: { text: string }) => ({ ids: text.split(/\s+/).map((_, index) => index) }),
  'checkpoint.inspect': async () => ({ ...INSPECTED, plans: [] }),
  'checkpoint.plan': async ({ tokens }: { tokens: number }) => {
    if (tokens > 1800) throw tooLongError(tokens);
    const places = [
      { name: 'weights (mapped)', bytes: 50 * GB },
      { name: 'residual', bytes: tokens * 1e6 },
    ];
    const times = { linearMs: 1000, attentionMs: 500, totalMs: 1500 };
    const backends = [{ name: 'cpu', available: true, description: 'CPU', reason: '', times }];
    return { tokens, places, heldBytes: tokens * 1e6, usableBytes: 1.8 * GB, spilledBytes: tokens > 1000 ? 3e8 : 0, backends };
  },
  'run.prefill': async ({ prompt }: { prompt: { text: string } | { ids: number[] } }) => {
    runs.push('text' in prompt ? prompt.text : '');
    return fakeRun();
  },
});

export const PROMPTS = [
  { id: 'bundled:prompts/kv.txt', name: 'kv', path: null, bundled: true, text: 'one two three', tokensHint: 3 },
  { id: 'bundled:prompts/mixed.txt', name: 'mixed', path: null, bundled: true, text: 'a b c d', tokensHint: 4 },
];

export function openLibrary(): void {
  recent = [];
  setHost(bridge);
  libraryStore.setState({ status: 'ready', models: [{ id: 'bundled:demo', name: 'demo', path: null, bundled: true }], prompts: PROMPTS });
  connectionStore.setState({
    info: { protocol: 1, build: 'x', devices: [], hardwareThreads: 2, availableBytes: 2 * GB, writesFiles: false },
  });
}

export function closeLibrary(): void {
  configStore.setState(configStore.getInitialState(), true);
  connectionStore.setState(connectionStore.getInitialState(), true);
  focusStore.setState(focusStore.getInitialState(), true);
  jobsStore.setState(jobsStore.getInitialState(), true);
  libraryDialogStore.setState(libraryDialogStore.getInitialState(), true);
  libraryStore.setState(libraryStore.getInitialState(), true);
  noticesStore.setState(noticesStore.getInitialState(), true);
}
