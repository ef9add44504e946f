// For tests: a host without a machine around it, and an engine that answers from a table over the real protocol.
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { inProcessPair } from '../../engine/protocol/in_process.ts';
import { PROTOCOL_VERSION } from '../../engine/protocol/limits.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { Transport } from '../../engine/protocol/transport.ts';
import type { DraftStore, HostBridge, OpenedText, RecentEntry } from './bridge.ts';

type Answer = (params: unknown, send: { progress: (done: number, total: number) => void; event: (data: unknown) => void }) => unknown;

/** Answers requests by method; an unknown method and a thrown HeadscopeError become error envelopes. */
export class FakeEngine {
  readonly asked: { method: string; params: unknown }[] = [];
  readonly answers = new Map<string, Answer>();
  readonly #ends: Transport[] = [];

  constructor() {
    this.answers.set('engine.info', () => ({
      protocol: PROTOCOL_VERSION,
      build: 'test',
      devices: [],
      hardwareThreads: 2,
      availableBytes: 1e9,
      writesFiles: false,
    }));
    this.answers.set('library.list', () => ({ models: [], prompts: [], runs: [], captures: [], configs: [], notes: [] }));
    this.answers.set('run.list', () => ({ runs: [] }));
  }

  connect(): Transport {
    const [client, engine] = inProcessPair();
    this.#ends.push(engine);
    engine.onClose(() => {});
    engine.onMessage((message) => void this.#receive(engine, message));
    return client;
  }

  /** As when its process is killed. */
  die(): void {
    for (const end of this.#ends.splice(0)) end.close();
  }

  async #receive(end: Transport, message: unknown): Promise<void> {
    if (typeof message !== 'object' || message === null || !('kind' in message)) return;
    if (message.kind === 'hello') {
      end.send({ kind: 'hello', protocol: PROTOCOL_VERSION, build: 'test', devices: ['cpu'] });
    } else if (message.kind === 'cancel' && 'id' in message) {
      end.send({ kind: 'error', id: message.id, error: { code: 'CANCELLED', message: 'The request was cancelled.', data: {} } });
    } else if (message.kind === 'request' && 'method' in message && 'id' in message) {
      const { id } = message;
      const method = String(message.method);
      const params = 'params' in message ? message.params : undefined;
      this.asked.push({ method, params });
      const answer = this.answers.get(method);
      try {
        if (!answer) throw new HeadscopeError('UNKNOWN_METHOD', `The fake engine has no ${method}.`);
        const result = await answer(params, {
          progress: (done, total) => end.send({ kind: 'progress', id, done, total, unit: 'layer', note: '' }),
          event: (data) => end.send({ kind: 'event', id, data }),
        });
        end.send({ kind: 'result', id, result });
      } catch (thrown) {
        const error = thrown instanceof HeadscopeError ? thrown : new HeadscopeError('INTERNAL', String(thrown));
        end.send({ kind: 'error', id, error: { code: error.code, message: error.message, data: { ...error.data } } });
      }
    }
  }
}

/** Keeps drafts like a browser with room for so many characters. */
export class FakeDrafts implements DraftStore {
  left: unknown[] = [];
  written: unknown[] = [];
  room = Number.POSITIVE_INFINITY;
  /** Of the last write. */
  whole: boolean | null = null;

  async claim(): Promise<unknown[]> {
    return this.left;
  }
  write(drafts: readonly object[], { whole }: { whole: boolean }): boolean {
    const text = JSON.stringify(drafts);
    if (text.length > this.room) return false;
    this.whole = whole;
    this.written = JSON.parse(text);
    return true;
  }
}

export class FakeBridge implements HostBridge {
  readonly kind = 'web';
  readonly sharesFiles = false;
  readonly engineProcess = null;
  readonly tokenGate = null;
  readonly drafts = new FakeDrafts();
  readonly saved: { name: string; text: string }[] = [];
  readonly engine: FakeEngine;
  preferences: object | null = null;
  file: OpenedText | null = null;
  /** Set: connect() rejects with it. */
  refusing: Error | null = null;
  title = '';
  recentList: RecentEntry[] = [];

  constructor(engine = new FakeEngine()) {
    this.engine = engine;
  }
  async connect(): Promise<Transport> {
    if (this.refusing) throw this.refusing;
    return this.engine.connect();
  }
  async openFile(): Promise<OpenedText | null> {
    return this.file;
  }
  async openFolder(): Promise<null> {
    return null;
  }
  async chooseSavePath(): Promise<null> {
    return null;
  }
  async saveText(name: string, text: string): Promise<string> {
    this.saved.push({ name, text });
    return name;
  }
  async savePng(name: string): Promise<string> {
    return name;
  }
  droppedPath(): null {
    return null;
  }
  async readPreferences(): Promise<unknown> {
    return this.preferences;
  }
  async writePreferences(preferences: object): Promise<void> {
    this.preferences = preferences;
  }

  /** As another window of the same host would write. */
  otherWindow: (stored: unknown) => void = () => {};

  onPreferences(listener: (stored: unknown) => void): () => void {
    this.otherWindow = listener;
    return () => {
      this.otherWindow = () => {};
    };
  }
  async recent(): Promise<RecentEntry[]> {
    return this.recentList;
  }
  async addRecent(entry: RecentEntry): Promise<RecentEntry[]> {
    this.recentList = [entry, ...this.recentList];
    return this.recentList;
  }
  async removeRecent(entry: RecentEntry): Promise<RecentEntry[]> {
    this.recentList = this.recentList.filter(({ kind, place }) => kind !== entry.kind || place !== entry.place);
    return this.recentList;
  }
  onCommand(): () => void {
    return () => {};
  }
  onOpenText(): () => void {
    return () => {};
  }
  setMenu(): void {}
  setTheme(): void {}
  describeWindow({ title }: { title: string }): void {
    this.title = title;
  }
}

export function fakeRun(part: Partial<RunInfo> = {}): RunInfo {
  return {
    runId: 'run-a',
    kind: 'prefill',
    model: { name: 'tiny', hash: null },
    rows: 512,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headDim: 8,
    vocabSize: 100,
    layersPresent: [0, 1],
    promptHash: null,
    totalMs: 10,
    timings: [],
    notes: [],
    ...part,
  };
}
