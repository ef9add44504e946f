// The whole way on one model and prompt, the bundled ones unless told otherwise: prefill, search, measure, prefill with what was found,
// export, pictures, report.
import { basename, isAbsolute, join, relative } from 'node:path';
import { renderReport } from '../../../figures/report/report.ts';
import type { ReportData } from '../../../figures/report/report_data.ts';
import type { Client } from '../../../protocol/client.ts';
import type { HeadScores } from '../../../protocol/records.ts';
import { writeFileAtomic } from '../../../runs/atomic_file.ts';
import { bundledAsset } from '../../program_files.ts';
import { command } from '../command.ts';
import { checkReplaceable, writeDemoFolder } from '../demo/demo_folder.ts';
import { measureHeads } from '../demo/head_measurements.ts';
import { drawPictures } from '../demo/pictures.ts';
import { compareLogits, reportPrefill } from '../demo/prefill_comparison.ts';
import { summary } from '../demo/summary.ts';
import { logitsOf } from '../head_cells.ts';
import { text, UsageError, value } from '../options.ts';
import { prefill, promptOptions, readPrompt, threadsOf } from '../source.ts';
import { millisecondsText, percentText } from '../text_table.ts';

const ENDING_TOKENS = 24;
const PROMPT = 'mixed.txt';

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

/** As typed in this folder: relative where that stays below it. */
function shownPath(path: string): string {
  const from = relative(process.cwd(), path);
  return from === '' || from.startsWith('..') || isAbsolute(from) ? path : from;
}

function byHand(source: string, head: ReportData['heads'][number] | undefined, fromRow: number): string {
  const place = `--layer ${head?.layer ?? 0} --head ${head?.head ?? 0}`;
  const pattern = `'${JSON.stringify(head?.pattern ?? { kind: 'dense' })}'`;
  return [
    `npx headscope prefill ${source} --timings --save-run dense-run`,
    'npx headscope search --run dense-run --out config.headscope.json --scores scores.jsonl',
    `npx headscope prefill ${source} --patterns config.headscope.json --always-sparse --timings`,
    `npx headscope evaluate --run dense-run ${place} --pattern ${pattern} --from-row ${fromRow}`,
    `npx headscope map --run dense-run ${place} --mask ${pattern} --out map.png`,
    'npx headscope export config.headscope.json --format minference --out config.minference.json',
  ].join('\n');
}

export const demo = command({
  name: 'demo',
  summary: 'The whole way on the bundled model: prefill, search, sparse prefill, config, maps, report.',
  usage: 'headscope demo [--out DIR] [--model DIR (--prompt-file F | --tokens F)] [--json]',
  details: [
    'Leaves in DIR: report.html (opens anywhere, without a network), config.headscope.json, config.minference.json, scores.jsonl and maps/*.png.',
    'A folder of that name is replaced only if a demo wrote it. Without --model: the bundled model and prompt.',
  ].join('\n'),
  options: { ...promptOptions, out: value('DIR', 'folder to write (default ./headscope-demo)', text) },
  run: async (context) => {
    const { values, engine, signal, say, note, progress } = context;
    const out = values.out ?? 'headscope-demo';
    if (values.model !== undefined && values['prompt-file'] === undefined && values.tokens === undefined) {
      throw new UsageError('A model of your own needs a prompt: --prompt-file F or --tokens F.');
    }
    await checkReplaceable(out);
    const model = values.model ?? bundledAsset('demo-model');
    const promptFile = values.tokens ?? values['prompt-file'] ?? bundledAsset('prompts', PROMPT);
    const prompt = await readPrompt(values.tokens === undefined ? { ...values, 'prompt-file': promptFile } : values);
    const threads = threadsOf(values);
    const begin = performance.now();
    const client = await engine();
    const { devices, hardwareThreads, build } = await client.call('engine.info', {}, { signal });
    const facts = await client.call('checkpoint.inspect', { model }, { signal });
    const request = { model, prompt, ...threads, ...(values.backend === undefined ? {} : { backend: values.backend }) };

    const run = await prefill(client, request, context);
    say(`1  prefill: ${run.rows} tokens through ${run.model.name}, dense, every head kept, ${millisecondsText(run.totalMs ?? 0)}`);

    const scores: HeadScores[] = [];
    const found = await client.call(
      'search.run',
      { runId: run.runId, ...threads },
      { signal, onEvent: (head) => scores.push(head), onProgress: (state) => progress.show('search', state) },
    );
    for (const line of found.notes) note(line);
    say(
      `2  search: ${found.heads} heads in ${millisecondsText(found.elapsedMs)}, median recall ${found.medianRecall.toFixed(4)} at ${percentText(found.meanDensity)} of the tiles`,
    );

    const heads = await measureHeads(client, run, scores, found.scoredFrom, threads, signal, (state) => progress.show('measure', state));
    const worst = heads.reduce((least, head) => Math.min(least, head.report.recall.scored), 1);
    say(`3  measured: every head under its deployed pattern, least recall ${worst.toFixed(4)}`);

    // The runs that are compared keep nothing and follow each other, so that they differ in attention alone.
    const bare = { ...request, keep: { layerInputs: false, overviews: false, lse: false } };
    const quiet = { ...context, note: () => {} };
    const dense = await prefill(client, bare, quiet);
    const asFound = await prefill(client, { ...bare, config: found.text, denseWherePays: false }, quiet);
    const wherePays = await prefill(client, { ...bare, config: found.text, denseWherePays: true }, quiet);
    const lastLogits = (runId: string) => logitsOf(client, runId, run.rows - 1, facts.vocabSize, signal);
    const logits = await compareLogits(client, model, await lastLogits(dense.runId), await lastLogits(asFound.runId), signal);
    say('4  prefill again: dense, with every pattern as found, and with patterns where they pay');

    const minference = await client.call('config.convert', { document: found.text, to: 'minference' }, { signal });
    for (const line of minference.notes) note(line);
    const ending = await tokenTexts(client, model, run.runId, Math.max(0, run.rows - ENDING_TOKENS), run.rows, signal);
    const source = `--model ${shownPath(model)} ${values.tokens === undefined ? '--prompt-file' : '--tokens'} ${shownPath(promptFile)}`;

    const written = { data: undefined as ReportData | undefined };
    const folder = await writeDemoFolder(out, async (fresh) => {
      await writeFileAtomic(join(fresh, 'config.headscope.json'), found.text);
      await writeFileAtomic(join(fresh, 'config.minference.json'), minference.text);
      await writeFileAtomic(join(fresh, 'scores.jsonl'), scores.map((head) => `${JSON.stringify(head)}\n`).join(''));
      const tokenText = async (position: number) => (await tokenTexts(client, model, run.runId, position, position + 1, signal))[0] ?? '';
      const pictures = await drawPictures(client, run, heads, found.scoredFrom, fresh, tokenText, signal, (state) =>
        progress.show('maps', state),
      );
      const data: ReportData = {
        build,
        created: new Date().toISOString(),
        model: {
          name: run.model.name,
          hash: run.model.hash ?? '',
          parameters: facts.parameters,
          weights: Object.keys(facts.parametersByDtype).join(', '),
          layers: run.layers,
          heads: run.heads,
          kvHeads: run.kvHeads,
          headDim: run.headDim,
        },
        prompt: { name: basename(promptFile), hash: run.promptHash ?? '', tokens: run.rows, ending: ending.join('') },
        machine: { device: devices.find(({ available }) => available)?.description ?? '', threads: values.threads || hardwareThreads },
        dense: reportPrefill(dense),
        asFound: reportPrefill(asFound),
        wherePays: reportPrefill(wherePays),
        logits,
        search: {
          procedure: 'the released search of MInference',
          scoredFrom: found.scoredFrom,
          rows: found.rows,
          skipped: found.skipped,
          notes: found.notes,
          elapsedMs: found.elapsedMs,
        },
        heads: heads.map((head) => head.report),
        maps: pictures.maps,
        commands: byHand(source, heads[0]?.report, found.scoredFrom),
        files: [
          { name: 'config.headscope.json', what: 'every head’s pattern with its origin and score, for Headscope' },
          { name: 'config.minference.json', what: 'the same patterns in MInference’s format' },
          { name: 'scores.jsonl', what: 'every candidate’s recall and density, a line a head' },
          ...pictures.files,
        ],
      };
      await writeFileAtomic(join(fresh, 'report.html'), renderReport(data));
      written.data = data;
    });
    progress.clear();
    const elapsedMs = performance.now() - begin;
    const { data } = written;
    if (data) say(summary(data, found.winners, elapsedMs, join(out, 'report.html')));
    const files = ['report.html', ...(data?.files.map(({ name }) => name) ?? [])];
    const { text: _, ...search } = found;
    return { out: folder, files, search, logits, elapsedMs };
  },
});
