import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectionRefused } from '../host/bridge.ts';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import { type Connection, connectionStore, engine, startConnection } from './connection.ts';

let connection: Connection | undefined;
const status = () => connectionStore.getState().status;

beforeEach(() => connectionStore.setState(connectionStore.getInitialState(), true));
afterEach(() => connection?.stop());

describe('the connection', () => {
  it('is ready after the greeting', async () => {
    connection = startConnection(new FakeBridge());
    await vi.waitFor(() => expect(status()).toBe('ready'));
    expect(connectionStore.getState().info).toMatchObject({ build: 'test', hardwareThreads: 2 });
    await expect(engine().call('run.list', {})).resolves.toEqual({ runs: [] });
  });

  it('comes back after the engine died, and counts it', async () => {
    const bridge = new FakeBridge();
    connection = startConnection(bridge, { firstDelayMs: 5 });
    await vi.waitFor(() => expect(status()).toBe('ready'));
    const seen: string[] = [];
    const stop = connectionStore.subscribe((state) => seen.push(state.status));
    bridge.engine.die();
    await vi.waitFor(() => expect(connectionStore.getState().generation).toBe(2));
    stop();
    expect(seen).toContain('lost');
    expect(connectionStore.getState()).toMatchObject({ status: 'ready', attempts: 0, lostAt: null, error: null });
  });

  it('keeps trying a host that does not answer, and connects when it does', async () => {
    const bridge = new FakeBridge();
    bridge.refusing = new Error('nobody there');
    connection = startConnection(bridge, { firstDelayMs: 2 });
    await vi.waitFor(() => expect(connectionStore.getState().attempts).toBeGreaterThan(2));
    expect(() => engine()).toThrow('nobody there');
    bridge.refusing = null;
    await vi.waitFor(() => expect(status()).toBe('ready'));
  });

  it('says when the engine does not answer any more, and can be made anew', async () => {
    const bridge = new FakeBridge();
    connection = startConnection(bridge, { firstDelayMs: 2, pulse: { beatMs: 5, patienceMs: 20 } });
    await vi.waitFor(() => expect(status()).toBe('ready'));
    const answer = bridge.engine.answers.get('run.list');
    bridge.engine.answers.set('run.list', () => new Promise(() => {}));
    await vi.waitFor(() => expect(connectionStore.getState().silentSince).not.toBeNull());
    expect(status()).toBe('ready');
    const waiting = engine().call('run.list', {});
    if (answer) bridge.engine.answers.set('run.list', answer);
    connection.retry();
    await expect(waiting).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    await vi.waitFor(() => expect(connectionStore.getState()).toMatchObject({ status: 'ready', generation: 2, silentSince: null }));
  });

  it('waits for the user after a refusal', async () => {
    const bridge = new FakeBridge();
    bridge.refusing = new ConnectionRefused('The token is wrong.');
    connection = startConnection(bridge, { firstDelayMs: 1 });
    await vi.waitFor(() => expect(status()).toBe('failed'));
    expect(connectionStore.getState()).toMatchObject({ nextAttemptAt: null, error: { message: 'The token is wrong.' } });
    bridge.refusing = null;
    connection.retry();
    await vi.waitFor(() => expect(status()).toBe('ready'));
  });
});
