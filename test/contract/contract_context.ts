// What the parts of the contract suite share: connections to the engine under test, prompts, waiting.
import { join } from 'node:path';
import { Client, type ClientOptions } from '../../engine/protocol/client.ts';
import { decodeFrame, type Frame } from '../../engine/protocol/frame.ts';
import { PROTOCOL_VERSION } from '../../engine/protocol/limits.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import type { Transport } from '../../engine/protocol/transport.ts';
import { EngineService } from '../../engine/service/engine_service.ts';

/** One engine reached over one kind of transport. Every connect() is a new connection to the same engine. */
export interface EngineUnderTest {
  connect(): Promise<Transport>;
  /** Runs that the engine holds for all its clients. */
  liveRuns(): Promise<number>;
  close(): Promise<void>;
}

export const root = join(import.meta.dirname, '..', '..');
export const model = join(root, 'assets', 'demo-model');
export const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
/** Ids that every model of more than 3,000 has; varied enough that heads differ. */
export const prompt = (tokens: number) => ({
  ids: Array.from({ length: tokens }, (_, place) => 3 + ((place * place * 7 + place * 31) % 2900)),
});

export async function until(condition: () => boolean | Promise<boolean>, milliseconds = 2000): Promise<boolean> {
  for (const begin = performance.now(); performance.now() - begin < milliseconds; await idle(5)) if (await condition()) return true;
  return condition();
}

/** The engine that every transport leads to: the user's own machine, with what is bundled. */
export const startService = () =>
  new EngineService({ policy: { readPaths: 'any', writeFiles: true }, library: { assets: join(root, 'assets'), folders: [] } });

/** A connection below the client, to send what a client never would. */
export async function rawConnection(engine: EngineUnderTest, credit: number) {
  const transport = await engine.connect();
  const received: Record<string, unknown>[] = [];
  const frames: Frame[] = [];
  let closed = false;
  transport.onMessage((message) => {
    if (message instanceof Uint8Array) frames.push(decodeFrame(message));
    else if (typeof message === 'object' && message !== null) received.push({ ...message });
  });
  transport.onClose(() => {
    closed = true;
  });
  const answer = async (id: number) => {
    const find = () => received.find((message) => message.id === id && (message.kind === 'result' || message.kind === 'error'));
    await until(() => find() !== undefined, 20_000);
    return find();
  };
  return {
    transport,
    received,
    frames,
    answer,
    isClosed: () => closed,
    hello: { kind: 'hello', protocol: PROTOCOL_VERSION, client: 'raw', credit },
  };
}

/** The engine under test, and clients of it that are closed at the end. */
export class ContractContext {
  #engine: EngineUnderTest | undefined;
  readonly #clients: Client[] = [];

  async start(start: () => Promise<EngineUnderTest>): Promise<void> {
    this.#engine = await start();
  }
  get engine(): EngineUnderTest {
    if (!this.#engine) throw new Error('The engine under test did not start.');
    return this.#engine;
  }
  /** A client that checks every answer against the method table. */
  async connect(options: ClientOptions = {}): Promise<Client> {
    const client = new Client(await this.engine.connect(), { validate: true, ...options });
    this.#clients.push(client);
    await client.ready();
    return client;
  }
  prefill(client: Client, tokens: number): Promise<RunInfo> {
    return client.call('run.prefill', { model, prompt: prompt(tokens) });
  }
  async close(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#engine?.close();
  }
}
