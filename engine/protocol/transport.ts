// What carries messages between a client and the engine: an in-process pair, a MessagePort or a WebSocket.

/** An envelope (a plain JSON value), or a binary frame as encodeFrame() makes it. */
export type Message = object | Uint8Array;

export interface Transport {
  /** Ordered and reliable while open; a send after close is dropped. The caller does not change a message afterwards. */
  send(message: Message): void;
  /** One receiver; messages that came before it was set are delivered then. What arrives is not to be trusted. */
  onMessage(receiver: (message: unknown) => void): void;
  /** Called once, when either side closes or the other process is gone. */
  onClose(receiver: () => void): void;
  close(): void;
  /** Of a transport over a wire: true while the other side takes in less than it is sent. What can wait should; onDrain says until when. */
  readonly congested?: boolean;
  onDrain?(receiver: () => void): void;
}
