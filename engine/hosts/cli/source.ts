// SOURCE of a command: a model with a prompt, a saved run, or a capture. All three become a run of the engine.
import type { Client } from '../../protocol/client.ts';
import type { Params } from '../../protocol/methods.ts';
import type { Prompt, RunInfo } from '../../protocol/records.ts';
import type { CommandContext } from './command.ts';
import { flag, type OptionTable, oneOf, text, UsageError, type Values, value, wholeNumber } from './options.ts';
import { readText, readTokens } from './read_inputs.ts';

export const promptOptions = {
  model: value('DIR', 'a Hugging Face model folder, or ORG/NAME of the Hugging Face cache', text),
  'prompt-file': value('F', 'the prompt, UTF-8 text', text),
  tokens: value('F', 'the prompt as token ids: a JSON array', text),
  backend: value('NAME', 'auto, cpu or cuda (default auto)', oneOf('auto', 'cpu', 'cuda')),
  threads: value('N', 'threads (default 0: as many as the machine has)', wholeNumber),
  spill: flag('keep layer inputs on disk even where memory would hold them'),
} as const satisfies OptionTable;

export const sourceOptions = {
  ...promptOptions,
  run: value('DIR', 'a saved run (prefill --save-run), instead of a model and a prompt', text),
  capture: value('DIR', 'q, k, v of any framework: layer-LL.{q,k,v}.npy or .safetensors', text),
} as const satisfies OptionTable;

export type SourceValues = Values<typeof sourceOptions>;
type PromptValues = Values<typeof promptOptions>;

/** Throws UsageError unless exactly one way to a prompt is given. */
export async function readPrompt(values: PromptValues): Promise<Prompt> {
  if ((values['prompt-file'] === undefined) === (values.tokens === undefined)) {
    throw new UsageError('Give the prompt with either --prompt-file or --tokens.');
  }
  if (values.tokens !== undefined) return readTokens(values.tokens);
  return { text: await readText(values['prompt-file'] ?? '') };
}

type Opening = Pick<CommandContext<OptionTable>, 'signal' | 'progress' | 'note'>;

/** Prefills and leaves the notes on stderr. */
export async function prefill(engine: Client, params: Params<'run.prefill'>, { signal, progress, note }: Opening): Promise<RunInfo> {
  const run = await engine.call('run.prefill', params, { signal, onProgress: (state) => progress.show('prefill', state) });
  progress.clear();
  for (const line of run.notes) note(line);
  return run;
}

/** Opens the one source that was given. Throws UsageError for none or several. */
export async function openSource(values: SourceValues, connect: () => Promise<Client>, opening: Opening): Promise<RunInfo> {
  const given = (['model', 'run', 'capture'] as const).filter((name) => values[name] !== undefined);
  // A saved run may be told where its model is now.
  const way = given.join() === 'model,run' ? 'run' : given.length === 1 ? given[0] : undefined;
  if (way === undefined) {
    throw new UsageError('Give one source: --model DIR with --prompt-file F or --tokens F, or --run DIR, or --capture DIR.');
  }
  if (way !== 'model' && (values['prompt-file'] !== undefined || values.tokens !== undefined)) {
    throw new UsageError(`--${way} brings its own prompt; leave --prompt-file and --tokens out.`);
  }
  const backend = values.backend === undefined ? {} : { backend: values.backend };
  if (way === 'model') {
    const prompt = await readPrompt(values);
    const engine = await connect();
    return prefill(
      engine,
      {
        model: values.model ?? '',
        prompt,
        ...backend,
        ...(values.threads === undefined ? {} : { threads: values.threads }),
        keep: { layerInputs: values.spill ? 'disk' : true, overviews: false, lse: true },
      },
      opening,
    );
  }
  const engine = await connect();
  const { signal, note } = opening;
  const run =
    way === 'run'
      ? await engine.call(
          'run.open',
          { path: values.run ?? '', ...(values.model === undefined ? {} : { model: values.model }), ...backend },
          { signal },
        )
      : await engine.call('run.capture', { path: values.capture ?? '', ...backend }, { signal });
  for (const line of run.notes) note(line);
  return run;
}

/** The `threads` parameter of a request, where it was given. */
export function threadsOf(values: { threads: number | undefined }): { threads?: number } {
  return values.threads === undefined ? {} : { threads: values.threads };
}
