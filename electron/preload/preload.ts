// The only bridge between the interface's page and main: named functions, no ipcRenderer. Sandboxed, hence CommonJS and one file.
import { contextBridge, type IpcRendererEvent, ipcRenderer, webUtils } from 'electron';
import type { DesktopApi, EnginePortMessage, EngineStatus, ShellText } from '../../engine/protocol/desktop.ts';
import { type Answer, ASK, HEAR, TELL } from '../channels.ts';

/** Main answers this channel with T: ipc.ts has the pairs. */
async function ask<T>(channel: string, argument?: unknown): Promise<T> {
  const answer: Answer = await ipcRenderer.invoke(channel, argument);
  if ('failed' in answer) throw new Error(answer.failed);
  return answer.value as T;
}

function hear<T>(channel: string, listener: (message: T) => void): () => void {
  const receive = (_event: IpcRendererEvent, message: T) => listener(message);
  ipcRenderer.on(channel, receive);
  return () => {
    ipcRenderer.off(channel, receive);
  };
}

/** Before Electron 29 the path was a property of the File. */
function pathOfFile(file: object): string | null {
  if (!(file instanceof File)) return null;
  const path: unknown = webUtils ? webUtils.getPathForFile(file) : 'path' in file ? file.path : '';
  return typeof path === 'string' && path !== '' ? path : null;
}

const asked = new Set<string>();

// Ports cannot pass the context bridge; they travel in a window message that only this page hears.
ipcRenderer.on(HEAR.enginePort, (event, nonce: string) => {
  if (!asked.delete(nonce)) return;
  const message: EnginePortMessage = { headscopePort: nonce };
  window.postMessage(message, window.location.origin, event.ports);
});

const api: DesktopApi = {
  version: process.versions.electron ?? '',
  platform: process.platform,
  requestEnginePort(nonce) {
    asked.add(nonce);
    return ask(ASK.enginePort, nonce);
  },
  engineStatus: () => ask(ASK.engineStatus),
  onEngineStatus: (listener) => hear<EngineStatus>(HEAR.engineStatus, listener),
  engineLog: () => ask(ASK.engineLog),
  restartEngine: () => ask(ASK.restartEngine),
  setCommands: (commands) => ipcRenderer.send(TELL.setCommands, commands),
  onCommand: (listener) => hear<string>(HEAR.command, listener),
  openFile: (kind) => ask(ASK.openFile, kind),
  openFolder: (title) => ask(ASK.openFolder, title),
  chooseSavePath: (suggestedName) => ask(ASK.chooseSavePath, suggestedName),
  saveText: (suggestedName, text) => ask(ASK.saveText, { suggestedName, text }),
  savePng: (suggestedName, bytes) => ask(ASK.savePng, { suggestedName, bytes }),
  pathOfFile,
  onOpenText(listener) {
    const stop = hear<ShellText>(HEAR.openText, listener);
    ipcRenderer.send(TELL.readyForFiles);
    return stop;
  },
  readPreferences: () => ask(ASK.readPreferences),
  writePreferences: (preferences) => ask(ASK.writePreferences, preferences),
  recent: () => ask(ASK.recent),
  addRecent: (entry) => ask(ASK.addRecent, entry),
  removeRecent: (entry) => ask(ASK.removeRecent, entry),
  describeWindow: (state) => ipcRenderer.send(TELL.describeWindow, state),
  setTheme: (theme) => ipcRenderer.send(TELL.setTheme, theme),
};

contextBridge.exposeInMainWorld('headscope', api);
