// The desktop window: everything goes through the few functions the preload exposes, and a MessagePort to the engine.
import type { DesktopApi } from '../../engine/protocol/desktop.ts';
import type { Message, Transport } from '../../engine/protocol/transport.ts';
import { ConnectionRefused, type HostBridge } from './bridge.ts';
import { webDrafts } from './web_drafts.ts';

declare global {
  interface Window {
    headscope?: DesktopApi;
  }
}

/** From main's answer to the port's arrival; the answer itself waits as long as the engine takes to start. */
const PORT_TIMEOUT_MS = 5000;

/** Electron's ports copy: a message is posted whole and nothing is ever listed for transfer. */
export function portTransport(port: MessagePort): Transport {
  let closed = false;
  let announce: (() => void) | undefined;
  const end = () => {
    if (closed) return;
    closed = true;
    announce?.();
  };
  // 'close' is Electron's: the engine's end is gone with its process.
  port.addEventListener('close', end);
  return {
    send(message: Message) {
      if (!closed) port.postMessage(message);
    },
    onMessage(receiver) {
      port.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (!closed) receiver(event.data);
      });
      port.start();
    },
    onClose(receiver) {
      announce = receiver;
    },
    close() {
      port.close();
      end();
    },
  };
}

function enginePort(api: DesktopApi): Promise<MessagePort> {
  const nonce = crypto.randomUUID();
  return new Promise((resolve, reject) => {
    let resolved = false;
    const finish = () => {
      clearTimeout(timer);
      window.removeEventListener('message', arrived);
    };
    const arrived = (event: MessageEvent<unknown>) => {
      const { data } = event;
      if (event.source !== window || typeof data !== 'object' || data === null) return;
      if (!('headscopePort' in data) || data.headscopePort !== nonce) return;
      const port = event.ports[0];
      if (!port) return;
      resolved = true;
      finish();
      resolve(port);
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    window.addEventListener('message', arrived);
    api.requestEnginePort(nonce).then(
      () => {
        if (resolved) return;
        timer = setTimeout(() => {
          finish();
          reject(new Error('The engine is ready but its port did not arrive within 5 s.'));
        }, PORT_TIMEOUT_MS);
      },
      (error: unknown) => {
        finish();
        reject(new ConnectionRefused(error instanceof Error ? error.message : String(error)));
      },
    );
  });
}

/** Null in a browser tab. */
export function desktopBridge(): HostBridge | null {
  const api = window.headscope;
  if (!api) return null;
  return {
    kind: 'desktop',
    sharesFiles: true,
    connect: async () => portTransport(await enginePort(api)),
    openFile: (kind) => api.openFile(kind),
    openFolder: (title) => api.openFolder(title),
    chooseSavePath: (name) => api.chooseSavePath(name),
    saveText: (name, text) => api.saveText(name, text),
    savePng: async (name, image) => api.savePng(name, new Uint8Array(await image.arrayBuffer())),
    droppedPath: (file) => api.pathOfFile(file),
    readPreferences: () => api.readPreferences(),
    writePreferences: (preferences) => api.writePreferences(preferences),
    // The desktop has one window.
    onPreferences: () => () => {},
    drafts: webDrafts(),
    recent: () => api.recent(),
    addRecent: (entry) => api.addRecent(entry),
    removeRecent: (entry) => api.removeRecent(entry),
    onCommand: (listener) => api.onCommand(listener),
    onOpenText: (listener) => api.onOpenText(listener),
    describeWindow: (state) => api.describeWindow(state),
    engineProcess: {
      status: () => api.engineStatus(),
      onStatus: (listener) => api.onEngineStatus(listener),
      log: () => api.engineLog(),
      restart: () => api.restartEngine(),
    },
    tokenGate: null,
    setMenu: (commands) => api.setCommands(commands),
    setTheme: (theme) => api.setTheme(theme),
  };
}
