// The transport over a WebSocket: envelopes as JSON text, frames as binary.
import type { RawData, WebSocket } from 'ws';
import type { Message, Transport } from '../../protocol/transport.ts';

export interface SendLimits {
  /** Bytes under way from which on the transport calls itself congested: frames and progress then wait. */
  congestedBytes: number;
  /** Bytes under way at which a peer that does not read is hung up on. */
  mostBytes: number;
}

/** How often a congested socket is looked at: its buffer tells nobody when it empties. */
const DRAIN_POLL_MS = 10;

export class WebSocketTransport implements Transport {
  readonly #socket: WebSocket;
  readonly #limits: SendLimits;
  readonly #waiting: unknown[] = [];
  #receiver: ((message: unknown) => void) | undefined;
  #closed: (() => void) | undefined;
  #drained: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #open = true;

  /** The socket is open; nothing else listens to its messages from now on. */
  constructor(socket: WebSocket, limits: SendLimits) {
    this.#socket = socket;
    this.#limits = limits;
    socket.on('message', (data, binary) => this.#receive(data, binary));
    socket.on('close', () => this.#end());
    // A broken connection closes too; a broken rule has been answered by the library's own close code.
    socket.on('error', () => {});
  }

  get congested(): boolean {
    return this.#socket.bufferedAmount > this.#limits.congestedBytes;
  }

  send(message: Message): void {
    if (!this.#open) return;
    if (this.#socket.bufferedAmount > this.#limits.mostBytes) {
      this.#socket.terminate();
      return;
    }
    this.#socket.send(message instanceof Uint8Array ? message : JSON.stringify(message), () => this.#watch());
    this.#watch();
  }

  onMessage(receiver: (message: unknown) => void): void {
    this.#receiver = receiver;
    for (const message of this.#waiting.splice(0)) receiver(message);
  }
  onClose(receiver: () => void): void {
    this.#closed = receiver;
  }
  onDrain(receiver: () => void): void {
    this.#drained = receiver;
  }
  close(): void {
    if (!this.#open) return;
    this.#socket.close(1000);
    this.#end();
  }

  #watch(): void {
    if (this.#timer || !this.#open || !this.congested) return;
    this.#timer = setInterval(() => {
      if (this.congested) return;
      this.#stopWatching();
      this.#drained?.();
    }, DRAIN_POLL_MS);
  }
  #stopWatching(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #receive(data: RawData, binary: boolean): void {
    if (!this.#open) return;
    const message = binary ? bytesOf(data) : jsonOf(bytesOf(data));
    if (this.#receiver) this.#receiver(message);
    else this.#waiting.push(message);
  }
  #end(): void {
    this.#stopWatching();
    if (!this.#open) return;
    this.#open = false;
    this.#closed?.();
  }
}

export function bytesOf(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  const bytes = Array.isArray(data) ? Buffer.concat(data) : data;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Text that is no JSON stays text, which no envelope is. */
export function jsonOf(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
