import { dirname } from 'node:path';
import type { RunInfo } from '../../../protocol/records.ts';
import { checkReplaceable } from '../../../runs/saved_run_writer.ts';
import { command } from '../command.ts';
import { flag, required, text, UsageError, value } from '../options.ts';
import { checkFolderTarget, checkTargets } from '../output_files.ts';
import { readText } from '../read_inputs.ts';
import { promptOptions, readPrompt, prefill as runPrefill, threadsOf } from '../source.ts';
import { millisecondsText, textTable } from '../text_table.ts';

function timingTable(run: RunInfo): string {
  const rows = run.timings.map((timing, layer) => [
    layer,
    timing.attentionMs.toFixed(1),
    timing.linearMs.toFixed(1),
    timing.indexMs.toFixed(1),
    timing.otherMs.toFixed(1),
    timing.executedTiles.reduce((sum, tiles) => sum + tiles, 0),
    timing.causalTiles * run.heads,
    timing.ranDense.length,
  ]);
  return textTable([
    ['layer', 'attention ms', 'linear ms', 'index ms', 'other ms', 'executed tiles', 'causal tiles', 'ran dense'],
    ...rows,
  ]);
}

export const prefill = command({
  name: 'prefill',
  summary: 'Run a prompt through a model, dense or with a config, and keep what you ask for.',
  usage: 'headscope prefill --model DIR (--prompt-file F | --tokens ids.json) [--patterns config.json] [exports] [--json]',
  details: 'Files are NumPy .npy, format 1.0. Nothing is kept unless asked for.',
  options: {
    ...promptOptions,
    patterns: value('F', "a config: Headscope's or MInference's JSON", text),
    compat: flag("vertical_slash as MInference's converter makes it"),
    'always-sparse': flag('run every sparse head sparsely, even where dense would be faster'),
    logits: value('F', '[N, vocab] float32 (with --logits-last: [vocab], of the last token)', text),
    'logits-last': flag('only the last token in --logits'),
    lse: value('F', '[layers, heads, N] float32, natural log', text),
    qkv: value('DIR', 'layer-LL.{q,k,v}.npy after RoPE, float32: q [H,N,d], k and v [Hkv,N,d]', text),
    hidden: value('F', '[layers+1, N, D] float32: embeddings, then the input of each next layer; last: before the final norm', text),
    'save-run': value('DIR', 'the run, for --run of the other commands', text),
    timings: flag('time and tiles of every layer'),
  },
  run: async (context) => {
    const { values, engine, signal, say, progress, json } = context;
    const model = required(values.model, 'model');
    if (values['logits-last'] && values.logits === undefined)
      throw new UsageError('--logits-last changes what --logits F writes; give both.');
    const prompt = await readPrompt(values);
    const config = values.patterns === undefined ? undefined : await readText(values.patterns);
    checkTargets(values.logits, values.lse, values.hidden);
    checkFolderTarget(values.qkv);
    if (values['save-run'] !== undefined) {
      checkReplaceable(values['save-run']);
      checkFolderTarget(dirname(values['save-run']));
    }
    const client = await engine();
    const needsLayers = values.qkv !== undefined || values.hidden !== undefined || values['save-run'] !== undefined;
    const run = await runPrefill(
      client,
      {
        model,
        prompt,
        ...(config === undefined ? {} : { config }),
        ...(values.backend === undefined ? {} : { backend: values.backend }),
        ...threadsOf(values),
        compat: values.compat,
        denseWherePays: !values['always-sparse'],
        keep: {
          layerInputs: needsLayers && values.spill ? 'disk' : needsLayers,
          overviews: values['save-run'] !== undefined,
          lse: values.lse !== undefined || values['save-run'] !== undefined,
        },
      },
      context,
    );
    say(`${run.model.name}: ${run.rows} tokens in ${millisecondsText(run.totalMs ?? 0)}`);
    if (values.timings) say(timingTable(run));
    const exports = {
      ...(values.logits === undefined ? {} : { logits: { path: values.logits, last: values['logits-last'] } }),
      ...(values.lse === undefined ? {} : { lse: values.lse }),
      ...(values.qkv === undefined ? {} : { qkv: values.qkv }),
      ...(values.hidden === undefined ? {} : { hidden: values.hidden }),
    };
    const { files } =
      Object.keys(exports).length === 0
        ? { files: [] }
        : await client.call(
            'run.exports',
            { runId: run.runId, ...exports, ...threadsOf(values) },
            { signal, onProgress: (state) => progress.show('export', state) },
          );
    for (const file of files) say(`  written: ${file.path}  ${file.dtype} [${file.shape.join(', ')}]`);
    const saved =
      values['save-run'] === undefined
        ? undefined
        : await client.call('run.save', { runId: run.runId, path: values['save-run'] }, { signal });
    if (saved) say(`  run saved: ${saved.path}`);
    const { timings, runId: _, ...facts } = run;
    return { ...facts, files, ...(saved ? { savedRun: saved.path } : {}), ...(values.timings || !json ? { timings } : {}) };
  },
});
