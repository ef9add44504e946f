// What the desktop shell and the interface say to each other: `window.headscope`, and the few messages between shell and engine
// process. Types and constants only: the interface may not know Electron, the shell may not know the interface.

/** The life of the engine process, as its supervisor sees it. */
export const ENGINE_PHASES = [
  'stopped',
  'probing', // the native addon is tried in a process of its own
  'starting',
  'ready',
  'unresponsive', // no heartbeat for two windows; killed and restarted when it stays so
  'crashed', // it died; the next start waits for `nextStartAt`
  'restarting', // started again after a crash, not ready yet
  'failed', // the probe failed or it crashed too often; only restartEngine() leaves this
] as const;
export type EnginePhase = (typeof ENGINE_PHASES)[number];

export interface EngineStatus {
  phase: EnginePhase;
  /** When this phase began, ms since 1970. */
  since: number;
  /** Restarts since it last ran well for some minutes. */
  restarts: number;
  /** Why it is not ready, in a sentence; null while all is well. */
  reason: string | null;
  /** ms since 1970, while crashed. */
  nextStartAt: number | null;
  /** A crash in the CUDA backend happened: the engine runs on the CPU until the application is started again. */
  cpuOnly: boolean;
  /** Its process, for the log; null where none runs. */
  pid: number | null;
}

/** A command of the interface's registry, as the application menu shows it. */
export interface MenuCommand {
  id: string;
  title: string;
  menu: 'file' | 'edit' | 'view' | 'go' | 'run' | 'help';
  /** A separator stands where this changes within a menu. */
  group?: string;
  /** Electron's notation, for example 'CmdOrCtrl+Shift+P'. Shown only: the interface handles its own keys. */
  accelerator?: string;
  enabled: boolean;
  /** Present: a check mark item. */
  checked?: boolean;
}

/** Text the user chose, and where it lies. */
export interface ShellText {
  name: string;
  path: string;
  text: string;
}

export interface ShellFolder {
  name: string;
  path: string;
}

/** What a file dialog offers: a word for it, and extensions without the dot. */
export interface ShellFileKind {
  label: string;
  extensions: readonly string[];
}

/** `prefill`: a run that was made of a model and a prompt, to be made again. */
export const RECENT_KINDS = ['prefill', 'model', 'prompt', 'run', 'capture', 'config'] as const;

/** What is worth knowing of a run before it is opened again. */
export interface RecentRun {
  model: string;
  /** Tokens. */
  rows: number;
  /** Exact heads. */
  heads: number;
  /** How long it took to make; null: it was not made here. */
  totalMs: number | null;
  /** Id of the library's prompt; null: the user's own text, which is not kept. */
  prompt: string | null;
  /** A data URL of a small PNG whose alpha is a head's attention; null: there is none. */
  thumbnail: string | null;
}

export interface ShellRecent {
  kind: (typeof RECENT_KINDS)[number];
  name: string;
  /** A path; of a prefill, the model's. */
  place: string;
  /** ms since 1970. */
  openedAt: number;
  run?: RecentRun | undefined;
}

/**
 * `window.headscope`. A promise rejects with an Error whose message says what failed, where and what to do; null means that the user
 * dismissed the dialog. Listeners return what takes them off again.
 */
export interface DesktopApi {
  readonly version: string;
  readonly platform: string;
  /**
   * Asks for a connection of its own. Once the engine is ready the window receives, by window.postMessage from itself, the message
   * `{ headscopePort: nonce }` with one MessagePort, and the promise resolves. It rejects where the engine has failed for good.
   * The port closes when the engine ends; its status says so too. An ArrayBuffer in a transfer list would lose the message.
   */
  requestEnginePort(nonce: string): Promise<void>;
  engineStatus(): Promise<EngineStatus>;
  onEngineStatus(listener: (status: EngineStatus) => void): () => void;
  /** The end of what the engine wrote on stderr, all its lives since the application started. */
  engineLog(): Promise<string>;
  /** Ends the engine, if there is one, and starts it anew with a fresh count of crashes. */
  restartEngine(): Promise<void>;

  /** The menu's items; call again when titles, states or marks change. */
  setCommands(commands: MenuCommand[]): void;
  onCommand(listener: (id: string) => void): () => void;

  openFile(kind: ShellFileKind): Promise<ShellText | null>;
  openFolder(title: string): Promise<ShellFolder | null>;
  /** Where the engine may write a folder or file of that name. */
  chooseSavePath(suggestedName: string): Promise<string | null>;
  /** A save dialog, then an atomic write; the path. */
  saveText(suggestedName: string, text: string): Promise<string | null>;
  savePng(suggestedName: string, bytes: Uint8Array): Promise<string | null>;
  /** The path of a dropped File (a DOM File); null where it has none. */
  pathOfFile(file: object): string | null;
  /** A config was opened from outside: file manager, command line, the system's recent list. Kept until a listener is there. */
  onOpenText(listener: (file: ShellText) => void): () => void;

  readPreferences(): Promise<unknown>;
  writePreferences(preferences: object): Promise<void>;
  /** Newest first. */
  recent(): Promise<ShellRecent[]>;
  addRecent(entry: ShellRecent): Promise<ShellRecent[]>;
  /** Of what is gone; the list that remains. */
  removeRecent(entry: ShellRecent): Promise<ShellRecent[]>;

  /** The window's title, and whether closing it would lose edits (the user is then asked). */
  describeWindow(state: { title: string; unsaved: boolean }): void;
  /** Frame and dialogs follow. */
  setTheme(theme: 'system' | 'light' | 'dark'): void;
}

/** The window message that brings a port. */
export interface EnginePortMessage {
  headscopePort: string;
}

/** How often the engine process says it is alive, ms. Native work runs off its JavaScript thread, so silence means trouble. */
export const HEARTBEAT_MS = 5_000;

/** Shell to engine process (process.parentPort). */
export type ToEngine =
  /** Carries one port: a client's connection. */
  { kind: 'connect' };

/** Engine process to shell. */
export type FromEngine =
  | { kind: 'ready'; devices: string[] }
  | { kind: 'heartbeat' }
  /** The backend that native work is about to use; a crash after 'cuda' makes the next start CPU only. */
  | { kind: 'backend'; backend: 'cpu' | 'cuda' };

/** Argument of the engine process that keeps it off the CUDA backend. */
export const CPU_ONLY_ARGUMENT = '--backend=cpu';
