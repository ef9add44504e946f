import type { Client } from '../../../protocol/client.ts';
import type { Params, Result } from '../../../protocol/methods.ts';
import type { Prompt, RunInfo } from '../../../protocol/records.ts';
import { command } from '../command.ts';
import { PATTERN_HELP } from '../head_options.ts';
import { countingNumber, flag, required, text, UsageError, value } from '../options.ts';
import { checkTargets, JsonLines } from '../output_files.ts';
import { readPattern, readPromptLines, readText } from '../read_inputs.ts';
import { promptOptions, readPrompt, threadsOf } from '../source.ts';
import { millisecondsText, percentText } from '../text_table.ts';

const DEFAULT_NEW_TOKENS = 32;

/** Tiles multiplied by all heads over those of dense heads. */
function densityOf({ timings, heads }: RunInfo): number {
  const executed = timings.flatMap(({ executedTiles }) => executedTiles).reduce((sum, tiles) => sum + tiles, 0);
  return executed / (timings.reduce((sum, { causalTiles }) => sum + causalTiles, 0) * heads);
}

interface Asked {
  settings: Omit<Params<'run.prefill'>, 'prompt'>;
  maxNew: number;
  signal: AbortSignal;
  onProgress: (state: { done: number; total: number; unit: string; note: string }) => void;
}

async function continuation(
  engine: Client,
  prompt: Prompt,
  { settings, maxNew, signal, onProgress }: Asked,
): Promise<{ run: RunInfo; made: Result<'run.generate'> }> {
  const run = await engine.call(
    'run.prefill',
    { ...settings, prompt, keep: { layerInputs: true, overviews: false, lse: false } },
    { signal },
  );
  try {
    const made = await engine.call(
      'run.generate',
      { runId: run.runId, maxNew, ...threadsOf({ threads: settings.threads }) },
      { signal, onProgress },
    );
    return { run, made };
  } finally {
    await engine.call('run.close', { runId: run.runId });
  }
}

export const generate = command({
  name: 'generate',
  summary: 'Continue a prompt greedily: the prefill dense or sparse, every new token dense.',
  usage:
    'headscope generate --model DIR (--prompt-file F | --tokens ids.json | --prompts F.jsonl) [--patterns config.json | --pattern P] [--max-new N] [--json]',
  details: [
    'The first token is what the prefill predicts, sparse where it was sparse; each further one attends to every key before it. Of equal',
    'logits the lowest id wins. The text ends at the eos_token_id of config.json or after N tokens.',
    '--prompts takes a JSON object a line, {"text": "..."} or {"ids": [...]}, with "answer" where the text that should come is known: then the',
    'exact matches, spaces at both ends aside, are counted. --out gets a line for each.',
    '',
    PATTERN_HELP,
  ].join('\n'),
  options: {
    ...promptOptions,
    prompts: value('F', 'many prompts, a JSON object a line, instead of one', text),
    out: value('F', 'with --prompts: what was written after each, a JSON line a prompt', text),
    patterns: value('F', "a config: Headscope's or MInference's JSON", text),
    pattern: value('P', 'one pattern for every head: inline JSON, or @file', text),
    'always-sparse': flag('run every sparse head sparsely, even where dense would be faster'),
    'max-new': value('N', `new tokens at most (default ${DEFAULT_NEW_TOKENS})`, countingNumber),
  },
  run: async (context) => {
    const { values, engine, signal, say, note, progress } = context;
    const model = required(values.model, 'model');
    if (values.patterns !== undefined && values.pattern !== undefined) throw new UsageError('Give --patterns or --pattern, not both.');
    const many = values.prompts;
    if (many !== undefined && (values['prompt-file'] !== undefined || values.tokens !== undefined))
      throw new UsageError('--prompts brings its own prompts; leave --prompt-file and --tokens out.');
    if (many === undefined && values.out !== undefined) throw new UsageError('--out goes with --prompts.');
    checkTargets(values.out);
    const settings = {
      model,
      ...(values.patterns === undefined ? {} : { config: await readText(values.patterns) }),
      ...(values.pattern === undefined ? {} : { pattern: await readPattern(values.pattern) }),
      ...(values['always-sparse'] ? { denseWherePays: false } : {}),
      ...(values.backend === undefined ? {} : { backend: values.backend }),
      ...threadsOf(values),
    };
    const maxNew = values['max-new'] ?? DEFAULT_NEW_TOKENS;

    if (many === undefined) {
      const prompt = await readPrompt(values);
      const asked = {
        settings,
        maxNew,
        signal,
        onProgress: (state: Parameters<Asked['onProgress']>[0]) => progress.show('generate', state),
      };
      const { run, made } = await continuation(await engine(), prompt, asked);
      progress.clear();
      for (const line of run.notes) note(line);
      say(made.text ?? made.ids.join(' '));
      const density = densityOf(run);
      note(
        `${run.rows} tokens prefilled in ${millisecondsText(run.totalMs ?? 0)} at ${percentText(density)} density; ${made.ids.length} new in ${millisecondsText(made.decodeMs)}${made.stopped ? ', ended by the model' : ''}`,
      );
      return { rows: run.rows, prefillMs: run.totalMs, density, ...made };
    }

    const prompts = await readPromptLines(many);
    const lines = values.out === undefined ? undefined : await JsonLines.create(values.out);
    try {
      const client = await engine();
      let [right, answered, density] = [0, 0, 0];
      for (const [done, { prompt, answer }] of prompts.entries()) {
        progress.show('generate', { done, total: prompts.length, unit: 'prompt', note: '' });
        const { run, made } = await continuation(client, prompt, { settings, maxNew, signal, onProgress: () => {} });
        const exact = answer === null ? null : made.text?.trim() === answer.trim();
        answered += exact === null ? 0 : 1;
        right += exact === true ? 1 : 0;
        density += densityOf(run);
        lines?.add({ rows: run.rows, density: densityOf(run), ids: made.ids, text: made.text, stopped: made.stopped, answer, exact });
      }
      progress.clear();
      await lines?.commit();
      const meanDensity = density / prompts.length;
      const accuracy = answered === 0 ? null : right / answered;
      if (accuracy !== null) say(`${right} of ${answered} answers exact (${percentText(accuracy)})`);
      say(
        `${prompts.length} prompts, mean density ${percentText(meanDensity)}${values.out === undefined ? '' : `; written: ${values.out}`}`,
      );
      return {
        prompts: prompts.length,
        answered,
        right,
        accuracy,
        meanDensity,
        ...(values.out === undefined ? {} : { out: values.out }),
      };
    } finally {
      await lines?.discard();
    }
  },
});
