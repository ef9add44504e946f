// The contract over both backends of a machine that has a device, and what the two must agree on. Elsewhere it is skipped and says why.
// What stands in for it there: native/core/emulated/engine_test.cc, the engine on the same kernels without a device.
import { afterAll, describe, it } from 'vitest';
import { Client } from '../../engine/protocol/client.ts';
import { inProcessPair } from '../../engine/protocol/in_process.ts';
import { serve } from '../../engine/protocol/server.ts';
import type { Message, Transport } from '../../engine/protocol/transport.ts';
import { describeAgreement } from './backend_agreement.ts';
import { startService } from './contract_context.ts';
import { describeContract } from './contract_suite.ts';

type Backend = 'cpu' | 'cuda';

/** Methods that take a backend; a request that names none gets this one. */
const METHODS = ['run.prefill', 'run.open', 'run.capture'];

function withBackend(backend: Backend, message: Message): Message {
  if (message instanceof Uint8Array || !('method' in message) || !('params' in message)) return message;
  const { method, params } = message;
  if (typeof method !== 'string' || !METHODS.includes(method) || typeof params !== 'object' || params === null) return message;
  return { ...message, params: { backend, ...params } };
}

/** A transport over which prefills run on `backend` unless they ask for another. */
function askingFor(backend: Backend, transport: Transport): Transport {
  return {
    send: (message) => transport.send(withBackend(backend, message)),
    onMessage: (receiver) => transport.onMessage(receiver),
    onClose: (receiver) => transport.onClose(receiver),
    close: () => transport.close(),
  };
}

const service = startService();
const connect = (backend: Backend): Transport => {
  const [near, far] = inProcessPair();
  serve(far, service);
  return askingFor(backend, near);
};

async function whyNoDevice(): Promise<string | null> {
  const client = new Client(connect('cpu'));
  await client.ready();
  const { checks } = await client.call('engine.doctor', {});
  const { devices } = await client.call('engine.info', {});
  client.close();
  const cuda = devices.find(({ name }) => name === 'cuda');
  if (cuda?.available) return null;
  return checks.find(({ name }) => name === 'CUDA')?.detail ?? 'not part of this build';
}

const why = await whyNoDevice();
afterAll(() => service.close());

if (why !== null) {
  it.skip(`runs the contract on both backends where a device is; CUDA here: ${why}`, () => {});
} else {
  for (const backend of ['cpu', 'cuda'] as const) {
    describeContract(`an in-process pair, computed with ${backend}`, async () => {
      const own = startService();
      return {
        connect: async () => {
          const [near, far] = inProcessPair();
          serve(far, own);
          return askingFor(backend, near);
        },
        liveRuns: async () => own.liveRuns,
        close: async () => own.close(),
      };
    });
  }

  describe('both backends agree', () => {
    const client = async (backend: Backend) => {
      const made = new Client(connect(backend), { validate: true });
      await made.ready();
      return made;
    };
    describeAgreement(
      () => client('cuda'),
      () => client('cpu'),
    );
  });
}
