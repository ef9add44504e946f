// The transport over a message port: Electron's between the window and the engine process, or Node's between threads. Messages are
// copied, never transferred: Electron loses a message with an ArrayBuffer in its transfer list.
import type { Message, Transport } from './transport.ts';

/** What the kinds of port have in common; each runtime's adapter is beside its host. */
export interface Port {
  post(message: Message): void;
  /** Called once. Messages that came before it are delivered then. */
  listen(onMessage: (message: unknown) => void, onClose: () => void): void;
  close(): void;
}

export function portTransport(port: Port): Transport {
  let open = true;
  let closed: (() => void) | undefined;
  const end = () => {
    if (!open) return;
    open = false;
    closed?.();
  };
  return {
    send: (message) => {
      if (open) port.post(message);
    },
    onMessage: (receiver) =>
      port.listen((message) => {
        if (open) receiver(message);
      }, end),
    onClose: (receiver) => {
      closed = receiver;
    },
    close: () => {
      if (!open) return;
      port.close();
      end();
    },
  };
}
