// The engine itself, model folders and their tokenizers.
import { describeCheckpoint, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { codedError } from '../protocol/envelope.ts';
import { PROTOCOL_VERSION } from '../protocol/limits.ts';
import type { Handlers } from '../protocol/server.ts';
import { chooseBackend } from './backend_choice.ts';
import { diagnose } from './diagnosis.ts';
import type { EngineState } from './engine_state.ts';
import { heldBytes, settlePlan, spilledBytes, spillPlace, usableBytes } from './prefill_plan.ts';
import { planBackends, workOf } from './time_plan.ts';

type ModelMethods = 'engine.info' | 'engine.doctor' | 'checkpoint.inspect' | 'checkpoint.plan' | 'tokenizer.encode' | 'tokenizer.decode';

export function modelHandlers(engine: EngineState): Pick<Handlers, ModelMethods> {
  return {
    'engine.info': async () => {
      await engine.findBackends();
      const info = engine.addon().info();
      return {
        protocol: PROTOCOL_VERSION,
        build: engine.build,
        devices: info.backends.map(({ present: _, ...backend }) => backend),
        hardwareThreads: info.hardwareThreads,
        availableBytes: info.availableBytes,
        writesFiles: engine.policy.writeFiles,
      };
    },

    'engine.doctor': async () => ({ checks: await diagnose(engine) }),

    'checkpoint.inspect': async ({ model, planFor }) => {
      const folder = engine.readableModel(model);
      const facts = describeCheckpoint(openCheckpoint(folder));
      const notes = [...facts.notes];
      const plans = [];
      if (planFor?.length) {
        try {
          const lease = engine.models.acquire(folder, 'cpu');
          try {
            const settings = { threads: engine.threads(0), keepLayerInputs: true, keepOverviews: true, keepLse: true };
            for (const tokens of planFor) plans.push({ tokens, places: lease.native.plan(tokens, settings) });
          } finally {
            lease.release();
          }
        } catch (error) {
          // The folder can be looked at without the native engine.
          const { code, message } = codedError(error);
          if (code !== 'NATIVE_MISSING') throw error;
          notes.push(`No memory plan: ${message}`);
        }
      }
      const path = engine.policy.idsOnly ? model : facts.path;
      return { ...facts, path, rope: { ...facts.rope }, plans, notes };
    },

    'checkpoint.plan': async ({ model, tokens, threads, backend: asked }, { signal }) => {
      const { backend } = await chooseBackend(engine, asked ?? 'auto');
      const lease = engine.models.acquire(engine.readableModel(model), backend);
      try {
        const info = engine.addon().info();
        const workers = engine.threads(threads);
        const everything = { threads: workers, keepLayerInputs: true, keepOverviews: true, keepLse: true };
        const { places } = settlePlan(lease.native, tokens, everything, info.availableBytes, spillPlace());
        const work = workOf(lease.checkpoint);
        const backends = await engine.queue.run('batch', signal, () => planBackends(lease, work, tokens, workers, info, signal));
        return {
          tokens,
          places,
          heldBytes: heldBytes(places),
          usableBytes: usableBytes(info.availableBytes),
          spilledBytes: spilledBytes(places),
          backends,
        };
      } finally {
        lease.release();
      }
    },

    'tokenizer.encode': async ({ model, text }, { signal }) => {
      const folder = engine.readableModel(model);
      return { ids: [...(await engine.tokenizers.use(folder, signal, (tokenizer, platform) => tokenizer.encode(text, platform)))] };
    },

    'tokenizer.decode': ({ model, ids }, { signal }) =>
      engine.tokenizers.use(engine.readableModel(model), signal, async (tokenizer, platform) => ({
        texts: await tokenizer.tokens(ids, platform),
      })),
  };
}
