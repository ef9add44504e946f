// Every method of the engine in one table. The schemas are the types; params are validated on arrival.
import { z } from 'zod';
import { configMethods } from './config_methods.ts';
import { headMethods } from './head_methods.ts';
import { library } from './library.ts';
import { MAX_PROMPT_CHARS, MAX_PROMPT_TOKENS } from './limits.ts';
import { backend, device, index, nothing, path, planPlace, positive, threads } from './records.ts';
import { runMethods } from './run_methods.ts';

/** One method. `event` is what arrives before the result, `frames` says which binary frames do. */
interface MethodShape {
  params: z.ZodType;
  result: z.ZodType;
  event?: z.ZodType;
  frames?: string;
}

export const methods = {
  'engine.info': {
    params: nothing,
    result: z.strictObject({
      protocol: z.number().int(),
      build: z.string(),
      devices: z.array(device),
      hardwareThreads: positive,
      availableBytes: z.number(),
      writesFiles: z.boolean(),
    }),
  },
  'engine.doctor': {
    params: nothing,
    result: z.strictObject({
      checks: z.array(z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.string() })),
    }),
  },

  /** Models, prompts, saved runs, captures and configs that this host knows of. */
  'library.list': { params: nothing, result: library },

  'checkpoint.inspect': {
    params: z.strictObject({ model: path, planFor: z.array(positive).max(16).optional() }),
    result: z.strictObject({
      path: z.string(),
      name: z.string(),
      architecture: z.string(),
      layers: positive,
      heads: positive,
      kvHeads: positive,
      headDim: positive,
      hiddenSize: positive,
      intermediateSize: positive,
      vocabSize: positive,
      rope: z.record(z.string(), z.unknown()),
      rmsNormEps: z.number(),
      parametersByDtype: z.record(z.string(), z.number()),
      parameters: z.number(),
      weightBytes: z.number(),
      files: z.array(z.string()),
      tied: z.boolean(),
      contextLength: positive,
      tokenizerPresent: z.boolean(),
      /** Hash of config, headers and sizes; configs refer to a model by it. */
      identity: z.string(),
      weightsSha256: z.string().nullable(),
      /** Bytes a prefill of so many tokens holds at its peak, by place. */
      plans: z.array(z.strictObject({ tokens: positive, places: z.array(planPlace) })),
      notes: z.array(z.string()),
    }),
  },

  /** Memory and time of a prefill that keeps everything, before it is started. Throws PROMPT_TOO_LONG where no setting fits. */
  'checkpoint.plan': {
    params: z.strictObject({ model: path, tokens: positive, threads, backend }),
    result: z.strictObject({
      tokens: positive,
      places: z.array(planPlace),
      /** Memory of the process at the peak; pages of files are not counted. */
      heldBytes: z.number(),
      usableBytes: z.number(),
      /** Layer inputs kept on disk because memory does not hold them; 0: in memory. */
      spilledBytes: z.number(),
      /** One entry a backend; `times` is null where it is not there. Dense attention, extrapolated from the speed just measured. */
      backends: z.array(
        device.extend({ times: z.strictObject({ linearMs: z.number(), attentionMs: z.number(), totalMs: z.number() }).nullable() }),
      ),
    }),
  },

  'tokenizer.encode': {
    params: z.strictObject({ model: path, text: z.string().max(MAX_PROMPT_CHARS) }),
    result: z.strictObject({ ids: z.array(z.number().int()) }),
  },
  /** The readable text of every id by itself. */
  'tokenizer.decode': {
    params: z.strictObject({ model: path, ids: z.array(index).max(MAX_PROMPT_TOKENS) }),
    result: z.strictObject({ texts: z.array(z.string()) }),
  },

  ...runMethods,
  ...headMethods,
  ...configMethods,
} as const satisfies Record<string, MethodShape>;

export type Methods = typeof methods;
export type Method = keyof Methods;
export type Params<M extends Method> = z.infer<Methods[M]['params']>;
export type Result<M extends Method> = z.infer<Methods[M]['result']>;
export type EventOf<M extends Method> = Methods[M] extends { event: infer E extends z.ZodType } ? z.infer<E> : never;

export function isMethod(name: string): name is Method {
  return Object.hasOwn(methods, name);
}
