import { mkdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { renderReport } from '../../../figures/report/report.ts';
import type { Client } from '../../../protocol/client.ts';
import type { HeadScores } from '../../../protocol/records.ts';
import { writeError, writeFileAtomic } from '../../../runs/atomic_file.ts';
import { bundledAsset } from '../bundled_assets.ts';
import { command } from '../command.ts';
import { measureHeads } from '../demo/head_measurements.ts';
import { drawPictures } from '../demo/pictures.ts';
import { compareLogits, reportPrefill } from '../demo/prefill_comparison.ts';
import { logitsOf } from '../head_cells.ts';
import { text, value } from '../options.ts';
import { prefill, promptOptions, readPrompt, threadsOf } from '../source.ts';
import { millisecondsText, percentText } from '../text_table.ts';

const ENDING_TOKENS = 24;

/** Readable texts of the run's tokens [begin, end); ids where the model has no tokenizer. */
async function tokenTexts(
  client: Client,
  model: string,
  runId: string,
  begin: number,
  end: number,
  signal: AbortSignal,
): Promise<string[]> {
  const { ids } = await client.call('run.tokens', { runId, begin, end }, { signal });
  return client.call('tokenizer.decode', { model, ids }, { signal }).then(
    ({ texts }) => texts,
    () => ids.map((id) => `<${id}>`),
  );
}

function byHand(model: string, prompt: string, out: string): string {
  return [
    `npx headscope prefill --model ${model} ${prompt} --timings --save-run dense-run`,
    `npx headscope search --run dense-run --out config.headscope.json --scores scores.jsonl`,
    `npx headscope export config.headscope.json --format minference --out config.minference.json`,
    `npx headscope prefill --model ${model} ${prompt} --patterns config.headscope.json --timings`,
    `npx headscope evaluate --run dense-run --layer 0 --head 0 --pattern '{"kind":"a_shape","sink":100,"window":800}'`,
    `npx headscope map --run dense-run --layer 0 --head 0 --out map.png`,
    `# everything at once: npx headscope demo --out ${out}`,
  ].join('\n');
}

export const demo = command({
  name: 'demo',
  summary: 'The whole way on the bundled model: prefill, search, sparse prefill, config, maps, report.',
  usage: 'headscope demo [--out DIR] [--model DIR (--prompt-file F | --tokens F)] [--json]',
  details:
    'Writes config.headscope.json, config.minference.json, scores.jsonl, maps/*.png and report.html. Without --model: the bundled model.',
  options: { ...promptOptions, out: value('DIR', 'folder to fill (default ./headscope-demo)', text) },
  run: async (context) => {
    const { values, engine, signal, say, note, progress } = context;
    const out = values.out ?? 'headscope-demo';
    const model = values.model ?? bundledAsset('demo-model');
    const own = values['prompt-file'] !== undefined || values.tokens !== undefined || values.model !== undefined;
    const promptFile = values.tokens ?? values['prompt-file'] ?? bundledAsset('prompts', 'mixed.txt');
    const prompt = await readPrompt(own ? values : { ...values, 'prompt-file': promptFile });
    const threads = threadsOf(values);
    await mkdir(join(out, 'maps'), { recursive: true }).catch((error) => {
      throw writeError(error, out);
    });
    const begin = performance.now();
    const client = await engine();
    const { devices, hardwareThreads, build } = await client.call('engine.info', {}, { signal });
    const facts = await client.call('checkpoint.inspect', { model }, { signal });
    const request = { model, prompt, ...threads, ...(values.backend === undefined ? {} : { backend: values.backend }) };

    const dense = await prefill(client, request, context);
    say(`1  prefill: ${dense.rows} tokens through ${dense.model.name}, dense, ${millisecondsText(dense.totalMs ?? 0)}`);

    const scores: HeadScores[] = [];
    const found = await client.call(
      'search.run',
      { runId: dense.runId, ...threads },
      { signal, onEvent: (head) => scores.push(head), onProgress: (state) => progress.show('search', state) },
    );
    for (const line of found.notes) note(line);
    say(
      `2  search: ${found.heads} heads in ${millisecondsText(found.elapsedMs)}, median recall ${found.medianRecall.toFixed(4)} at ${percentText(found.meanDensity)} of the tiles`,
    );

    const heads = await measureHeads(client, dense, scores, found.scoredFrom, signal, (state) => progress.show('measure', state));
    const worst = heads.reduce((least, head) => Math.min(least, head.report.recall.scored), 1);
    say(`3  measured: every head under its deployed pattern, least recall ${worst.toFixed(4)}`);

    const sparse = { ...request, config: found.text, keep: { layerInputs: false, overviews: false, lse: false } };
    const asFound = await prefill(client, { ...sparse, denseWherePays: false }, context);
    const wherePays = await prefill(client, sparse, context);
    const vocab = facts.vocabSize;
    const last = dense.rows - 1;
    const logits = await compareLogits(
      client,
      model,
      await logitsOf(client, dense.runId, last, vocab, signal),
      await logitsOf(client, asFound.runId, last, vocab, signal),
      signal,
    );
    const [densePrefill, foundPrefill, paysPrefill] = [reportPrefill(dense), reportPrefill(asFound), reportPrefill(wherePays)];
    const attention = (run: typeof densePrefill) => run.layers.reduce((sum, layer) => sum + layer.attentionMs + layer.indexMs, 0);
    say(
      `4  sparse prefill: attention ${millisecondsText(attention(foundPrefill))} as found, ${millisecondsText(attention(paysPrefill))} where it pays, ` +
        `${millisecondsText(attention(densePrefill))} dense; last logits differ by at most ${logits.maxAbs.toPrecision(3)}`,
    );

    const minference = await client.call('config.convert', { document: found.text, to: 'minference' }, { signal });
    await writeFileAtomic(join(out, 'config.headscope.json'), found.text);
    await writeFileAtomic(join(out, 'config.minference.json'), minference.text);
    await writeFileAtomic(join(out, 'scores.jsonl'), scores.map((head) => `${JSON.stringify(head)}\n`).join(''));
    const pictures = await drawPictures(
      client,
      dense,
      heads,
      found.scoredFrom,
      out,
      async (position) => (await tokenTexts(client, model, dense.runId, position, position + 1, signal))[0] ?? '',
      signal,
      (state) => progress.show('maps', state),
    );
    const files = [
      { name: 'config.headscope.json', what: 'every pattern, with where it came from' },
      { name: 'config.minference.json', what: 'the same for MInference' },
      { name: 'scores.jsonl', what: "every candidate's recall and density, a line a head" },
      ...pictures.files,
    ];
    const ending = await tokenTexts(client, model, dense.runId, Math.max(0, dense.rows - ENDING_TOKENS), dense.rows, signal);
    const shownModel = relative(process.cwd(), model) || '.';
    const shownPrompt = `${values.tokens === undefined ? '--prompt-file' : '--tokens'} ${relative(process.cwd(), promptFile)}`;
    const report = renderReport({
      build,
      created: new Date().toISOString(),
      model: {
        name: dense.model.name,
        hash: dense.model.hash ?? '',
        parameters: facts.parameters,
        weights: Object.keys(facts.parametersByDtype).join(', '),
        layers: dense.layers,
        heads: dense.heads,
        kvHeads: dense.kvHeads,
        headDim: dense.headDim,
      },
      prompt: { name: basename(promptFile), hash: dense.promptHash ?? '', tokens: dense.rows, ending: ending.join('') },
      machine: { device: devices.find(({ available }) => available)?.description ?? '', threads: values.threads || hardwareThreads },
      dense: densePrefill,
      asFound: foundPrefill,
      wherePays: paysPrefill,
      logits,
      search: {
        procedure: 'released search of MInference',
        scoredFrom: found.scoredFrom,
        rows: found.rows,
        skipped: found.skipped,
        notes: found.notes,
        elapsedMs: found.elapsedMs,
      },
      heads: heads.map((head) => head.report),
      maps: pictures.maps,
      commands: byHand(shownModel, shownPrompt, out),
      files,
    });
    await writeFileAtomic(join(out, 'report.html'), report);
    const elapsedMs = performance.now() - begin;
    say(`5  written to ${out}: ${[...files.map(({ name }) => name), 'report.html'].join(', ')}`);
    say(`   ${millisecondsText(elapsedMs)} in all. Open ${join(out, 'report.html')}`);
    const { text: _, ...search } = found;
    return { out, files: [...files.map(({ name }) => name), 'report.html'], search, logits, elapsedMs };
  },
});
