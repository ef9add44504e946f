// What the interface needs of the program around it: a way to the engine, files, and a place for small settings.
// host/web.ts is a browser tab, host/desktop.ts the desktop window; nothing else in the renderer knows which it is.
import type { EngineStatus, MenuCommand, RECENT_KINDS, RecentRun } from '../../engine/protocol/desktop.ts';
import type { Transport } from '../../engine/protocol/transport.ts';

/** Text the user chose. `path` is there where the engine can open the same file (the desktop), null in a browser. */
export interface OpenedText {
  name: string;
  path: string | null;
  text: string;
}

export interface OpenedFolder {
  name: string;
  path: string;
}

export interface FileKind {
  /** 'Prompt', 'Pattern config': what a dialog calls it. */
  label: string;
  /** Without the dot. */
  extensions: readonly string[];
}

/** Something opened before, newest first in a list. */
export interface RecentEntry {
  kind: (typeof RECENT_KINDS)[number];
  name: string;
  /** A path on the desktop, an id of `library.list` on a served host; of a prefill, its model's. */
  place: string;
  /** Milliseconds since 1970. */
  openedAt: number;
  run?: RecentRun | undefined;
}

/** Why connect() failed in a way that trying again does not mend: a refused token, a wrong version. */
export class ConnectionRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConnectionRefused';
  }
}

/** The supervised engine process of the desktop. */
export interface EngineProcess {
  status(): Promise<EngineStatus>;
  onStatus(listener: (status: EngineStatus) => void): () => void;
  /** The end of what it wrote for its log. */
  log(): Promise<string>;
  /** Ends it, if it runs, and starts it anew. */
  restart(): Promise<void>;
}

/** A served host that asks for its token. */
export interface TokenGate {
  /** Why the last connection was refused; null where it was not. */
  refusal(): string | null;
  /** Kept for this tab. */
  give(token: string): void;
}

/** Where documents that were not exported outlive a reload, a crash and a closed window. */
export interface DraftStore {
  /** What windows that are gone have left, unchecked; this window writes it from now on. Call once, before the first write. */
  claim(): Promise<unknown[]>;
  /**
   * In place of what this window wrote last. `whole`: everything that was claimed and is still wanted is among them, so that the records it
   * came from can go; otherwise they stay. False: there is no room, and what was written last is still there.
   */
  write(drafts: readonly object[], request: { whole: boolean }): boolean;
}

export interface HostBridge {
  readonly kind: 'web' | 'desktop';
  /** True where paths of this machine mean something to the engine: folders can then be opened by dialog and by drop. */
  readonly sharesFiles: boolean;
  /** A fresh connection to the engine. Rejects with ConnectionRefused, or any error where it may be tried again. */
  connect(): Promise<Transport>;
  /** A text file of the user's. Null: the dialog was dismissed. */
  openFile(kind: FileKind): Promise<OpenedText | null>;
  /** A folder the engine can read. Null: dismissed, or the host shares no files. */
  openFolder(title: string): Promise<OpenedFolder | null>;
  /** Where the engine may write a folder or file of that name. Null: dismissed, or the host shares no files. */
  chooseSavePath(suggestedName: string): Promise<string | null>;
  /** Writes text where the user says, or downloads it. The place for people, null: dismissed. */
  saveText(suggestedName: string, text: string): Promise<string | null>;
  savePng(suggestedName: string, image: Blob): Promise<string | null>;
  /** The path of a dropped file or folder; null where the host shares no files. */
  droppedPath(file: File): string | null;
  /** What writePreferences() wrote last, unchecked; null where nothing is there. */
  readPreferences(): Promise<unknown>;
  writePreferences(preferences: object): Promise<void>;
  /** Calls with what another window wrote, unchecked; returns what stops it. */
  onPreferences(listener: (stored: unknown) => void): () => void;
  readonly drafts: DraftStore;
  recent(): Promise<RecentEntry[]>;
  addRecent(entry: RecentEntry): Promise<RecentEntry[]>;
  /** Of what is gone; the list that remains. */
  removeRecent(entry: RecentEntry): Promise<RecentEntry[]>;
  /** A command of the registry chosen in the application menu. Returns a function that stops listening. */
  onCommand(listener: (id: string) => void): () => void;
  /** A file the system asked to open (association, second start). Returns a function that stops listening. */
  onOpenText(listener: (file: OpenedText) => void): () => void;
  readonly engineProcess: EngineProcess | null;
  readonly tokenGate: TokenGate | null;
  /** The application menu, where there is one. */
  setMenu(commands: MenuCommand[]): void;
  /** Frame and dialogs follow, where they can. */
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  /** The window's title, and whether closing it would lose edits. */
  describeWindow(state: { title: string; unsaved: boolean }): void;
}
