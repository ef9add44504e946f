// The desktop's engine: an Electron utility process that serves the protocol over one MessagePort a window.
import { type FromEngine, HEARTBEAT_MS } from '../protocol/desktop.ts';
import { type Port, portTransport } from '../protocol/message_port.ts';
import { serve } from '../protocol/server.ts';
import { EngineService } from '../service/engine_service.ts';
import { assetsFolder } from './program_files.ts';

/** Electron's MessagePortMain, as far as it is used: it knows no more than this room may. */
interface ElectronPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { data: unknown }) => void): void;
  on(event: 'close', listener: () => void): void;
  start(): void;
  close(): void;
}

interface ParentPort {
  postMessage(message: FromEngine): void;
  on(event: 'message', listener: (event: { data: unknown; ports: ElectronPort[] }) => void): void;
}

function parentPort(): ParentPort {
  if ('parentPort' in process && process.parentPort) return process.parentPort as ParentPort; // Electron's addition to Node's process
  throw new Error('This is started by the desktop application, as a utility process.');
}

function electronPort(port: ElectronPort): Port {
  return {
    // Never with a transfer list: Electron drops a message whose list names an ArrayBuffer.
    post: (message) => port.postMessage(message),
    listen: (onMessage, onClose) => {
      port.on('close', onClose);
      port.on('message', ({ data }) => onMessage(data));
      port.start();
    },
    close: () => port.close(),
  };
}

const parent = parentPort();
// The user at the window is the host: every path may be read and files may be written.
const service = new EngineService({
  policy: { readPaths: 'any', writeFiles: true },
  library: { assets: assetsFolder(), folders: [], hub: true },
});

parent.on('message', ({ data, ports }) => {
  const [port] = ports;
  const asked = typeof data === 'object' && data !== null && 'kind' in data ? data.kind : undefined;
  if (asked === 'connect' && port) serve(portTransport(electronPort(port)), service);
});
// This build has one backend, so that CPU_ONLY_ARGUMENT asks for what there is.
parent.postMessage({ kind: 'backend', backend: 'cpu' });
parent.postMessage({ kind: 'ready', devices: service.devices });
setInterval(() => parent.postMessage({ kind: 'heartbeat' }), HEARTBEAT_MS);
