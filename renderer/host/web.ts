// A browser tab served by `headscope serve`: a WebSocket beside the page, file inputs and downloads, localStorage.
import { MAX_CONFIG_CHARS } from '../../engine/protocol/limits.ts';
import type { Message, Transport } from '../../engine/protocol/transport.ts';
import type { FileKind, HostBridge, OpenedText } from './bridge.ts';
import { webDrafts } from './web_drafts.ts';
import { addRecent, recentEntries, removeRecent } from './web_recents.ts';
import { store, stored } from './web_storage.ts';

const PREFERENCES_KEY = 'headscope.preferences';
const MOST_FILE_BYTES = MAX_CONFIG_CHARS;
const TOKEN_KEY = 'headscope.token';
/** Close code of a missing or wrong token (engine/hosts/serve/clients.ts). */
const CLOSE_UNAUTHORISED = 4401;
const OPEN_TIMEOUT_MS = 10_000;

export function webSocketTransport(socket: WebSocket): Transport {
  let receive: ((message: unknown) => void) | undefined;
  let announce: (() => void) | undefined;
  const waiting: unknown[] = [];
  const deliver = (message: unknown) => {
    if (receive) receive(message);
    else waiting.push(message);
  };
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) {
      deliver(new Uint8Array(data));
    } else if (typeof data === 'string') {
      try {
        deliver(JSON.parse(data));
      } catch {
        // Not JSON: nothing the engine sends. The client ignores what it cannot read, and so does its wire.
      }
    }
  });
  socket.addEventListener('close', () => announce?.());
  return {
    send(message: Message) {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (message instanceof Uint8Array) socket.send(message.slice());
      else socket.send(JSON.stringify(message));
    },
    onMessage(receiver) {
      receive = receiver;
      for (const message of waiting.splice(0)) receiver(message);
    },
    onClose(receiver) {
      announce = receiver;
    },
    close() {
      socket.close();
    },
  };
}

let refusal: string | null = null;

/** Resolves once the socket is open. A token given before is the first message; a server without one overlooks it. */
function open(url: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error('The server did not answer within 10 s.'));
    }, OPEN_TIMEOUT_MS);
    socket.addEventListener('open', () => {
      clearTimeout(timer);
      const token = sessionStorage.getItem(TOKEN_KEY);
      if (token !== null) socket.send(JSON.stringify({ token }));
      resolve(webSocketTransport(socket));
    });
    socket.addEventListener('close', ({ code, reason }) => {
      clearTimeout(timer);
      refusal = code === CLOSE_UNAUTHORISED ? reason || 'This server asks for its token.' : null;
      if (refusal !== null) sessionStorage.removeItem(TOKEN_KEY);
      reject(new Error('The server does not answer. It may have been stopped.'));
    });
  });
}

/** Reads a file of the user's as UTF-8. Throws a sentence where it is too large or is not text. */
export async function readTextFile(file: File): Promise<OpenedText> {
  if (file.size > MOST_FILE_BYTES) throw new Error(`${file.name} has ${file.size.toLocaleString('en-US')} bytes; at most 64 MiB are read.`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    return { name: file.name, path: null, text };
  } catch {
    throw new Error(`${file.name} is not UTF-8 text.`);
  }
}

function chooseFile({ extensions }: FileKind): Promise<File | null> {
  return new Promise((resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    if (extensions.length > 0) input.accept = extensions.map((extension) => `.${extension}`).join(',');
    input.addEventListener('change', () => resolve(input.files?.[0] ?? null));
    input.addEventListener('cancel', () => resolve(null));
    input.click();
  });
}

function download(name: string, blob: Blob): string {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  return name;
}

export function webBridge(): HostBridge {
  const address = new URL('ws', document.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.hash = '';
  address.search = '';
  return {
    kind: 'web',
    sharesFiles: false,
    connect: () => open(address.href),
    async openFile(kind) {
      const file = await chooseFile(kind);
      return file ? readTextFile(file) : null;
    },
    openFolder: async () => null,
    chooseSavePath: async () => null,
    saveText: async (name, text) => download(name, new Blob([text], { type: 'application/json' })),
    savePng: async (name, image) => download(name, image),
    droppedPath: () => null,
    readPreferences: async () => stored(PREFERENCES_KEY),
    async writePreferences(preferences) {
      store(PREFERENCES_KEY, preferences);
    },
    onPreferences(listener) {
      // The browser tells the other tabs of a page, never the one that wrote.
      const changed = ({ key }: StorageEvent) => {
        if (key === PREFERENCES_KEY) listener(stored(PREFERENCES_KEY));
      };
      window.addEventListener('storage', changed);
      return () => window.removeEventListener('storage', changed);
    },
    drafts: webDrafts(),
    recent: async () => recentEntries(),
    addRecent: async (entry) => addRecent(entry),
    removeRecent: async (entry) => removeRecent(entry),
    engineProcess: null,
    tokenGate: { refusal: () => refusal, give: (token) => sessionStorage.setItem(TOKEN_KEY, token) },
    setMenu: () => {},
    setTheme: () => {},
    onCommand: () => () => {},
    onOpenText: () => () => {},
    describeWindow({ title, unsaved }) {
      document.title = `${unsaved ? '• ' : ''}${title}`;
      window.onbeforeunload = unsaved ? (event) => event.preventDefault() : null;
    },
  };
}
