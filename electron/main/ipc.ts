// The one file that listens to the interface: who speaks, what is said, what is answered.
import { type IpcMainEvent, type IpcMainInvokeEvent, ipcMain } from 'electron';
import { z } from 'zod';
import type { EngineStatus, MenuCommand, ShellFileKind, ShellFolder, ShellRecent, ShellText } from '../../engine/protocol/desktop.ts';
import { type Answer, ASK, TELL } from '../channels.ts';
import * as allowed from './ipc_arguments.ts';
import { isTrusted } from './window_policy.ts';

/** What main offers to the interface. A rejection's message is shown to the user. */
export interface Shell {
  requestEnginePort(nonce: string): Promise<void>;
  engineStatus(): EngineStatus;
  engineLog(): string;
  restartEngine(): void;
  openFile(kind: ShellFileKind): Promise<ShellText | null>;
  openFolder(title: string): Promise<ShellFolder | null>;
  chooseSavePath(suggestedName: string): Promise<string | null>;
  save(suggestedName: string, data: string | Uint8Array): Promise<string | null>;
  readPreferences(): Promise<unknown>;
  writePreferences(preferences: Record<string, unknown>): Promise<void>;
  recent(): Promise<ShellRecent[]>;
  addRecent(entry: ShellRecent): Promise<ShellRecent[]>;
  removeRecent(entry: ShellRecent): Promise<ShellRecent[]>;
  setCommands(commands: MenuCommand[]): void;
  describeWindow(state: { title: string; unsaved: boolean }): void;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  readyForFiles(): void;
}

function checked<T>(schema: z.ZodType<T>, argument: unknown): T {
  const parsed = schema.safeParse(argument);
  if (parsed.success) return parsed.data;
  throw new Error(`The interface sent something it may not: ${parsed.error.issues[0]?.message ?? 'unknown'}.`);
}

function isOurs(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
  // Since Electron 33 the frame is null once it is gone.
  return isTrusted(event.senderFrame);
}

function answer<T>(channel: string, schema: z.ZodType<T>, handle: (argument: T) => unknown): void {
  ipcMain.handle(channel, async (event, argument: unknown): Promise<Answer> => {
    if (!isOurs(event)) return { failed: 'This page may not speak to the application.' };
    try {
      return { value: await handle(checked(schema, argument)) };
    } catch (error) {
      return { failed: error instanceof Error ? error.message : String(error) };
    }
  });
}

function listen<T>(channel: string, schema: z.ZodType<T>, handle: (argument: T) => void): void {
  ipcMain.on(channel, (event, argument: unknown) => {
    if (!isOurs(event)) return;
    const parsed = schema.safeParse(argument);
    if (parsed.success) handle(parsed.data);
    else console.error(`${channel}: ${parsed.error.issues[0]?.message ?? 'refused'}`);
  });
}

const nothing = z.undefined();

export function answerInterface(shell: Shell): void {
  answer(ASK.enginePort, allowed.nonce, (nonce) => shell.requestEnginePort(nonce));
  answer(ASK.engineStatus, nothing, () => shell.engineStatus());
  answer(ASK.engineLog, nothing, () => shell.engineLog());
  answer(ASK.restartEngine, nothing, () => shell.restartEngine());
  answer(ASK.openFile, allowed.fileKind, (kind) => shell.openFile(kind));
  answer(ASK.openFolder, allowed.title, (title) => shell.openFolder(title));
  answer(ASK.chooseSavePath, allowed.suggestedName, (name) => shell.chooseSavePath(name));
  answer(ASK.saveText, allowed.savedText, ({ suggestedName, text }) => shell.save(suggestedName, text));
  answer(ASK.savePng, allowed.savedPng, ({ suggestedName, bytes }) => shell.save(suggestedName, bytes));
  answer(ASK.readPreferences, nothing, () => shell.readPreferences());
  answer(ASK.writePreferences, allowed.preferences, (preferences) => shell.writePreferences(preferences));
  answer(ASK.recent, nothing, () => shell.recent());
  answer(ASK.addRecent, allowed.recentEntry, (entry) => shell.addRecent(entry));
  answer(ASK.removeRecent, allowed.recentEntry, (entry) => shell.removeRecent(entry));

  listen(TELL.setCommands, allowed.menuCommands, (commands) => shell.setCommands(commands));
  listen(TELL.describeWindow, allowed.windowDescription, (state) => shell.describeWindow(state));
  listen(TELL.setTheme, allowed.theme, (theme) => shell.setTheme(theme));
  listen(TELL.readyForFiles, nothing, () => shell.readyForFiles());
}
