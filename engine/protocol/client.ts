// The typed client: one promise a call, its progress, events and frames in the order they were sent.
import type { CancelSignal } from './cancel.ts';
import { describeIssues, type Progress, type ServerEnvelope, serverEnvelope } from './envelope.ts';
import { HeadscopeError } from './errors.ts';
import { decodeFrame, type Frame } from './frame.ts';
import { DEFAULT_FRAME_CREDIT, PROTOCOL_VERSION } from './limits.ts';
import { type EventOf, type Method, methods, type Params, type Result } from './methods.ts';
import type { Transport } from './transport.ts';

export interface CallOptions<M extends Method> {
  /** Aborting sends a cancel; the promise then rejects with CANCELLED as soon as the engine has stopped. */
  signal?: CancelSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  onEvent?: ((event: EventOf<M>) => void) | undefined;
  /** The engine may send more once the returned promise is settled: that is the back-pressure. */
  onFrame?: ((frame: Frame) => void | Promise<void>) | undefined;
}

export interface ClientOptions {
  name?: string;
  /** Frame bytes that may be under way. */
  credit?: number;
  /** Check results and events against the method table too; for tests and for hosts that do not trust the engine. */
  validate?: boolean;
}

export interface ServerInfo {
  build: string;
  devices: string[];
}

interface Pending {
  method: Method;
  resolve: (result: unknown) => void;
  reject: (error: HeadscopeError) => void;
  onProgress: ((progress: Progress) => void) | undefined;
  onEvent: ((event: unknown) => void) | undefined;
  onFrame: ((frame: Frame) => void | Promise<void>) | undefined;
  /** Settles when every frame so far has been taken in. */
  frames: Promise<void>;
  forget: () => void;
}

export class Client {
  readonly #transport: Transport;
  readonly #validate: boolean;
  readonly #pending = new Map<number, Pending>();
  readonly #ready: Promise<ServerInfo>;
  #greet: { resolve: (info: ServerInfo) => void; reject: (error: HeadscopeError) => void } | undefined;
  #nextId = 1;
  #closed: HeadscopeError | undefined;

  constructor(transport: Transport, options: ClientOptions = {}) {
    this.#transport = transport;
    this.#validate = options.validate ?? false;
    this.#ready = new Promise((resolve, reject) => {
      this.#greet = { resolve, reject };
    });
    this.#ready.catch(() => {});
    transport.onClose(() => this.#fail(new HeadscopeError('BACKEND_LOST', 'The connection to the engine is closed.')));
    transport.onMessage((message) => this.#receive(message));
    transport.send({
      kind: 'hello',
      protocol: PROTOCOL_VERSION,
      client: options.name ?? 'headscope',
      credit: options.credit ?? DEFAULT_FRAME_CREDIT,
    });
  }

  /** The engine's hello. Rejects with PROTOCOL_MISMATCH, or BACKEND_LOST where the connection closes first. */
  ready(): Promise<ServerInfo> {
    return this.#ready;
  }

  /** Resolves with the result, rejects with the engine's coded error, or BACKEND_LOST when the connection closes. */
  call<M extends Method>(method: M, params: Params<M>, options: CallOptions<M> = {}): Promise<Result<M>> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(new HeadscopeError('CANCELLED', 'The request was cancelled.'));
    const id = this.#nextId++;
    return new Promise<Result<M>>((resolve, reject) => {
      const cancel = () => this.#transport.send({ kind: 'cancel', id });
      this.#pending.set(id, {
        method,
        // The table ties method to result; the map of pending calls cannot.
        resolve: (result) => resolve(result as Result<M>),
        reject,
        onProgress: options.onProgress,
        onEvent: options.onEvent as ((event: unknown) => void) | undefined,
        onFrame: options.onFrame,
        frames: Promise.resolve(),
        forget: () => signal?.removeEventListener('abort', cancel),
      });
      signal?.addEventListener('abort', cancel);
      try {
        this.#transport.send({ kind: 'request', id, method, params });
      } catch (error) {
        this.#take(id);
        reject(new HeadscopeError('INVALID_REQUEST', `The parameters of ${method} cannot be sent: ${String(error)}`));
      }
    });
  }

  close(): void {
    this.#transport.close();
    this.#fail(new HeadscopeError('BACKEND_LOST', 'The connection was closed by this side.'));
  }

  #fail(error: HeadscopeError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#greet?.reject(error);
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.forget();
    return pending;
  }

  #receive(message: unknown): void {
    if (this.#closed) return;
    if (message instanceof Uint8Array) {
      this.#receiveFrame(message);
      return;
    }
    const parsed = serverEnvelope.safeParse(message);
    if (!parsed.success) return;
    this.#receiveEnvelope(parsed.data);
  }

  #receiveFrame(message: Uint8Array): void {
    const giveBack = () => {
      if (!this.#closed) this.#transport.send({ kind: 'credit', bytes: message.byteLength });
    };
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch {
      giveBack();
      return;
    }
    const pending = this.#pending.get(frame.requestId);
    if (!pending?.onFrame) {
      giveBack();
      return;
    }
    const { onFrame } = pending;
    const taken = pending.frames.then(() => onFrame(frame));
    // A frame that the receiver chokes on fails its call; credit returns either way so that the others go on.
    pending.frames = taken.finally(giveBack);
    pending.frames.catch((error) => {
      if (this.#take(frame.requestId)) {
        this.#transport.send({ kind: 'cancel', id: frame.requestId });
        pending.reject(
          error instanceof HeadscopeError ? error : new HeadscopeError('INTERNAL', `A frame was not taken in: ${String(error)}`),
        );
      }
    });
  }

  #receiveEnvelope(envelope: ServerEnvelope): void {
    switch (envelope.kind) {
      case 'hello':
        if (envelope.protocol === PROTOCOL_VERSION) {
          this.#greet?.resolve({ build: envelope.build, devices: envelope.devices });
        } else {
          const message = `The engine speaks protocol ${envelope.protocol}, this side ${PROTOCOL_VERSION}. Update the older one.`;
          this.#fail(new HeadscopeError('PROTOCOL_MISMATCH', message));
          this.#transport.close();
        }
        return;
      case 'error': {
        const error = new HeadscopeError(envelope.error.code, envelope.error.message, envelope.error.data);
        if (envelope.id === 0) this.#greet?.reject(error);
        this.#take(envelope.id)?.reject(error);
        return;
      }
      case 'progress': {
        const { done, total, unit, note } = envelope;
        this.#pending.get(envelope.id)?.onProgress?.({ done, total, unit, note });
        return;
      }
      case 'event': {
        const pending = this.#pending.get(envelope.id);
        if (!pending) return;
        const shape = methods[pending.method];
        if (this.#validate && 'event' in shape) this.#check(pending, envelope.id, shape.event.safeParse(envelope.data));
        pending.onEvent?.(envelope.data);
        return;
      }
      case 'result':
        this.#receiveResult(envelope.id, envelope.result);
    }
  }

  #receiveResult(id: number, result: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (this.#validate && !this.#check(pending, id, methods[pending.method].result.safeParse(result))) return;
    // The result is handed over after the frames it speaks of.
    pending.frames.then(
      () => this.#take(id)?.resolve(result),
      () => {},
    );
  }

  #check(pending: Pending, id: number, parsed: { success: boolean; error?: Parameters<typeof describeIssues>[0] | undefined }): boolean {
    if (parsed.success) return true;
    this.#take(id);
    const problem = parsed.error ? describeIssues(parsed.error) : '';
    pending.reject(new HeadscopeError('PROTOCOL_MISMATCH', `The engine answered ${pending.method} outside its contract: ${problem}`));
    return false;
  }
}
