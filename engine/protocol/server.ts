// The engine's side of a connection: validates, dispatches, cancels, coalesces progress, spends credit, cleans up.
import { type CancelSignal, CancelSource, throwIfCancelled } from './cancel.ts';
import { type ClientEnvelope, clientEnvelope, describeIssues, errorToBody, type Progress, type ServerEnvelope } from './envelope.ts';
import { HeadscopeError } from './errors.ts';
import { encodeFrame, type Frame } from './frame.ts';
import { MAX_FRAME_BYTES, MAX_PROGRESS_HZ, MAX_REQUESTS_IN_FLIGHT, PROTOCOL_VERSION } from './limits.ts';
import { type EventOf, isMethod, type Method, methods, type Params, type Result } from './methods.ts';
import type { Transport } from './transport.ts';

declare function setTimeout(task: () => void, milliseconds: number): unknown;
declare function clearTimeout(timer: unknown): void;

/** What a handler sees of its request. */
export interface RequestContext<M extends Method = Method> {
  /** One object a connection; runs and jobs belong to it. */
  readonly owner: object;
  readonly signal: CancelSignal;
  /** At most 20 a second go out; the newest wins. */
  progress(progress: Progress): void;
  event(data: EventOf<M>): void;
  /** Resolves when the client's credit covers the frame and it is sent. Throws CANCELLED once the request is. */
  frame(frame: Omit<Frame, 'requestId'>): Promise<void>;
}

export type Handlers = { [M in Method]: (params: Params<M>, context: RequestContext<M>) => Promise<Result<M>> };

export interface Service {
  readonly handlers: Handlers;
  readonly build: string;
  readonly devices: string[];
  /** The connection is gone: its requests were cancelled; free what it owned. */
  disconnected(owner: object): void;
}

interface Active {
  cancel: CancelSource;
  pendingProgress: Progress | undefined;
  timer: unknown;
  lastProgress: number;
}

interface WaitingFrame {
  bytes: Uint8Array;
  sent: () => void;
}

/** Serves one client until either side closes. */
export function serve(transport: Transport, service: Service): void {
  new Connection(transport, service);
}

class Connection {
  readonly #transport: Transport;
  readonly #service: Service;
  readonly #owner = {};
  readonly #active = new Map<number, Active>();
  readonly #waiting: WaitingFrame[] = [];
  #credit = 0;
  #greeted = false;
  #open = true;

  constructor(transport: Transport, service: Service) {
    this.#transport = transport;
    this.#service = service;
    transport.onClose(() => this.#close());
    transport.onMessage((message) => this.#receive(message));
    transport.onDrain?.(() => this.#sendFrames());
  }

  #send(envelope: ServerEnvelope): void {
    if (this.#open) this.#transport.send(envelope);
  }

  #refuse(id: number, thrown: unknown): void {
    this.#send({ kind: 'error', id, error: errorToBody(thrown) });
  }

  #receive(message: unknown): void {
    if (!this.#open) return;
    const parsed = clientEnvelope.safeParse(message);
    if (!parsed.success) {
      const problem = message instanceof Uint8Array ? 'a client sends no binary frames' : describeIssues(parsed.error);
      this.#refuse(usableId(message), new HeadscopeError('INVALID_REQUEST', `This message is not one of the protocol: ${problem}.`));
      return;
    }
    if (parsed.data.kind === 'hello') this.#hello(parsed.data);
    else if (!this.#greeted)
      this.#refuse(usableId(message), new HeadscopeError('PROTOCOL_MISMATCH', 'The first message has to be a hello.'));
    else if (parsed.data.kind === 'request') this.#request(parsed.data);
    else if (parsed.data.kind === 'cancel') this.#active.get(parsed.data.id)?.cancel.abort();
    else {
      this.#credit += parsed.data.bytes;
      this.#sendFrames();
    }
  }

  #hello(hello: Extract<ClientEnvelope, { kind: 'hello' }>): void {
    const { build, devices } = this.#service;
    this.#send({ kind: 'hello', protocol: PROTOCOL_VERSION, build, devices });
    if (hello.protocol !== PROTOCOL_VERSION) {
      const text = `This engine speaks protocol ${PROTOCOL_VERSION}, the client ${hello.protocol}. Update the older one.`;
      this.#refuse(0, new HeadscopeError('PROTOCOL_MISMATCH', text));
      this.#transport.close();
      this.#close();
      return;
    }
    if (this.#greeted) return;
    this.#greeted = true;
    this.#credit = hello.credit;
  }

  #request({ id, method, params }: Extract<ClientEnvelope, { kind: 'request' }>): void {
    try {
      if (this.#active.has(id)) throw new HeadscopeError('INVALID_REQUEST', `Request ${id} is still under way.`);
      if (this.#active.size >= MAX_REQUESTS_IN_FLIGHT) {
        throw new HeadscopeError('LIMIT_EXCEEDED', `${MAX_REQUESTS_IN_FLIGHT} requests are under way; wait for one of them or cancel it.`);
      }
      if (!isMethod(method)) throw new HeadscopeError('UNKNOWN_METHOD', `There is no method '${method}'.`, { method });
      void this.#run(id, method, params);
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  async #run<M extends Method>(id: number, method: M, params: unknown): Promise<void> {
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success) {
      const problem = describeIssues(parsed.error);
      this.#refuse(id, new HeadscopeError('INVALID_REQUEST', `${method} does not take these parameters: ${problem}.`, { method }));
      return;
    }
    const active: Active = { cancel: new CancelSource(), pendingProgress: undefined, timer: undefined, lastProgress: 0 };
    this.#active.set(id, active);
    const context: RequestContext<M> = {
      owner: this.#owner,
      signal: active.cancel,
      progress: (progress) => this.#progress(id, active, progress),
      event: (data) => {
        if (!active.cancel.aborted) this.#send({ kind: 'event', id, data });
      },
      frame: (frame) => this.#frame(id, active, frame),
    };
    try {
      const handler: (params: Params<M>, context: RequestContext<M>) => Promise<Result<M>> = this.#service.handlers[method];
      // safeParse has just checked them against this method's schema.
      const result = await handler(parsed.data as Params<M>, context);
      // What a cancelled request made is dropped, so that a cancel is always answered by CANCELLED or not at all.
      throwIfCancelled(active.cancel);
      this.#end(id, active);
      this.#send({ kind: 'result', id, result });
    } catch (error) {
      this.#end(id, active);
      this.#refuse(id, active.cancel.aborted ? new HeadscopeError('CANCELLED', 'The request was cancelled.') : error);
    }
  }

  #end(id: number, active: Active): void {
    this.#active.delete(id);
    if (active.timer !== undefined) clearTimeout(active.timer);
    active.timer = undefined;
    active.pendingProgress = undefined;
  }

  #progress(id: number, active: Active, progress: Progress): void {
    if (!this.#active.has(id) || active.cancel.aborted) return;
    const interval = 1000 / MAX_PROGRESS_HZ;
    const wait = active.lastProgress + interval - Date.now();
    active.pendingProgress = progress;
    if (wait <= 0) this.#flushProgress(id, active);
    else if (active.timer === undefined) active.timer = setTimeout(() => this.#flushProgress(id, active), wait);
  }

  #flushProgress(id: number, active: Active): void {
    if (active.timer !== undefined) clearTimeout(active.timer);
    active.timer = undefined;
    const progress = active.pendingProgress;
    if (!progress) return;
    active.pendingProgress = undefined;
    active.lastProgress = Date.now();
    if (this.#transport.congested) return;
    this.#send({ kind: 'progress', id, ...progress });
  }

  #frame(id: number, active: Active, frame: Omit<Frame, 'requestId'>): Promise<void> {
    throwIfCancelled(active.cancel);
    if (frame.payload.byteLength > MAX_FRAME_BYTES) throw new HeadscopeError('INTERNAL', 'A frame was made larger than the limit.');
    const bytes = encodeFrame({ ...frame, requestId: id });
    return new Promise((resolve, reject) => {
      const drop = () => {
        const place = this.#waiting.indexOf(entry);
        if (place >= 0) this.#waiting.splice(place, 1);
        reject(new HeadscopeError('CANCELLED', 'The request was cancelled.'));
        this.#sendFrames();
      };
      const entry: WaitingFrame = {
        bytes,
        sent: () => {
          active.cancel.removeEventListener('abort', drop);
          resolve();
        },
      };
      active.cancel.addEventListener('abort', drop);
      this.#waiting.push(entry);
      this.#sendFrames();
    });
  }

  #sendFrames(): void {
    for (let next = this.#waiting[0]; next && this.#open && next.bytes.byteLength <= this.#credit; next = this.#waiting[0]) {
      if (this.#transport.congested) return;
      this.#waiting.shift();
      this.#credit -= next.bytes.byteLength;
      this.#transport.send(next.bytes);
      next.sent();
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const [id, active] of [...this.#active]) {
      active.cancel.abort();
      this.#end(id, active);
    }
    this.#service.disconnected(this.#owner);
  }
}

function usableId(message: unknown): number {
  if (typeof message !== 'object' || message === null || !('id' in message)) return 0;
  const { id } = message;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= 0xffffffff ? id : 0;
}
