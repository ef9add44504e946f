// The hello of both sides.
import { describe, expect, it } from 'vitest';
import { PROTOCOL_VERSION } from '../../engine/protocol/limits.ts';
import { type ContractContext, rawConnection, until } from './contract_context.ts';

export function describeGreeting(under: ContractContext): void {
  describe('greeting', () => {
    it('names the build and the devices', async () => {
      const info = await (await under.connect()).ready();
      expect(info.build).not.toBe('');
      expect(info.devices.length).toBeGreaterThan(0);
    });

    it('refuses another version and closes', async () => {
      const { transport, received, isClosed, hello } = await rawConnection(under.engine, 0);
      transport.send({ ...hello, protocol: PROTOCOL_VERSION + 1 });
      expect(await until(() => received.some((message) => message.kind === 'error'))).toBe(true);
      expect(received.find((message) => message.kind === 'error')).toMatchObject({ id: 0, error: { code: 'PROTOCOL_MISMATCH' } });
      expect(await until(isClosed)).toBe(true);
    });

    it('comes before anything else', async () => {
      const { transport, answer } = await rawConnection(under.engine, 0);
      transport.send({ kind: 'request', id: 7, method: 'run.list', params: {} });
      expect(await answer(7)).toMatchObject({ error: { code: 'PROTOCOL_MISMATCH' } });
      transport.close();
    });
  });
}
