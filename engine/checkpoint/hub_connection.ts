// Requests to a hub: the token goes to the hub alone, short troubles are waited out, failures say what a user can do.
import { setTimeout as wait } from 'node:timers/promises';
import { HeadscopeError } from '../protocol/errors.ts';
import { printable } from './strict_json.ts';

export interface HubSettings {
  /** As hub_token.ts gives them. */
  endpoint: string;
  token: string | null;
  /** Before the second attempt; doubled for each further one. */
  retryMs?: number;
  /** Without an answer, or without a byte of one, a request is given up. */
  stallMs?: number;
}

/** Attempts of one request, and attempts of a file in a row that bring no byte. */
export const ATTEMPTS = 5;

/** A connection that broke: worth another attempt. */
export class BrokenConnection extends Error {}

export class HubConnection {
  readonly endpoint: string;
  readonly stallMs: number;
  private readonly token: string | null;
  private readonly retryMs: number;
  private readonly signal: AbortSignal;

  constructor({ endpoint, token, retryMs = 1000, stallMs = 60_000 }: HubSettings, signal: AbortSignal) {
    this.endpoint = endpoint;
    this.token = token;
    this.retryMs = retryMs;
    this.stallMs = stallMs;
    this.signal = signal;
  }

  /** fetch for the hub's client: any answer but 429 and 5xx is its to judge. */
  readonly fetch: typeof fetch = async (input, init) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(String(input instanceof Request ? input.url : input), new Headers(init?.headers));
      } catch (error) {
        if (!(error instanceof BrokenConnection)) throw error;
        if (attempt >= ATTEMPTS) throw unreachable(this.endpoint, error.message);
        await this.pause(attempt);
      }
    }
  };

  /** One attempt. Rejects with BrokenConnection, or CANCELLED; `watch` is told when the request starts and must be called at each sign of life. */
  async once(address: string, headers: Headers, stall?: AbortSignal): Promise<Response> {
    this.throwIfCancelled();
    const url = new URL(address);
    // A link of an answer may lead anywhere; fetch itself drops the token where a redirect leaves the hub.
    if (this.token !== null && url.origin === new URL(this.endpoint).origin) headers.set('authorization', `Bearer ${this.token}`);
    headers.set('user-agent', 'headscope');
    let response: Response;
    try {
      response = await fetch(url, { headers, signal: AbortSignal.any([this.signal, stall ?? AbortSignal.timeout(this.stallMs)]) });
    } catch (error) {
      this.throwIfCancelled();
      throw new BrokenConnection(reasonOf(error));
    }
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel().catch(() => {});
      throw new BrokenConnection(`it answers ${response.status}`);
    }
    return response;
  }

  /** Waits before attempt number `attempt` + 1. */
  async pause(attempt: number): Promise<void> {
    await wait(this.retryMs * 2 ** (attempt - 1), undefined, { signal: this.signal }).catch(() => {});
    this.throwIfCancelled();
  }

  throwIfCancelled(): void {
    if (this.signal.aborted)
      throw new HeadscopeError('CANCELLED', 'The download was cancelled; the same command goes on where it stopped.');
  }
}

export function unreachable(endpoint: string, reason: string): HeadscopeError {
  return new HeadscopeError('FETCH_FAILED', `${endpoint} cannot be reached: ${printable(reason)}. What has come is kept; try again.`, {
    endpoint,
  });
}

/** What an HTTP status that is no success means for a user. */
export function refusal(status: number, repository: string, revision: string, hasToken: boolean, path?: string): HeadscopeError {
  const what = path === undefined ? `${repository} at ${printable(revision)}` : `${printable(path)} of ${repository}`;
  const data = { status, repository, revision };
  if (status === 401 || status === 403) {
    const advice = hasToken
      ? 'Its licence may have to be accepted on its page, or the token may not cover it.'
      : 'It may be private, gated or not exist: put a token into HF_TOKEN, or run huggingface-cli login.';
    return new HeadscopeError('FETCH_FAILED', `The hub does not give out ${what} (${status}). ${advice}`, data);
  }
  if (status === 404) return new HeadscopeError('FETCH_FAILED', `The hub has no ${what} (404). Check the name and the revision.`, data);
  return new HeadscopeError('FETCH_FAILED', `The hub answers ${status} when asked for ${what}.`, data);
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return 'it does not answer';
  // fetch says "fetch failed" and keeps the reason to itself.
  return error.cause instanceof Error ? error.cause.message || String(Reflect.get(error.cause, 'code')) : error.message;
}
