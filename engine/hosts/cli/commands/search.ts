import type { Pattern } from '../../../protocol/pattern.ts';
import type { HeadScores } from '../../../protocol/records.ts';
import { writeFileAtomic } from '../../../runs/atomic_file.ts';
import { command } from '../command.ts';
import { SOURCE_HELP } from '../head_options.ts';
import { denseBudget, flag, indexList, oneOf, required, shareAboveZero, someOf, text, UsageError, value } from '../options.ts';
import { checkTargets, JsonLines } from '../output_files.ts';
import { openSource, sourceOptions, threadsOf } from '../source.ts';
import { millisecondsText, percentText, textTable } from '../text_table.ts';

export const search = command({
  name: 'search',
  summary: "Find every head's pattern, by MInference's released procedure or as the cheapest that reaches a recall, and write the config.",
  usage:
    'headscope search SOURCE [--procedure released | --recall 0.95 [--kinds a,b]] [--layers a-b] [--heads a,b] --out config.json [--format headscope|minference] [--scores F.jsonl]',
  details: [
    SOURCE_HELP,
    '',
    'Six candidates a head: A-shape (100, 801 distances), vertical-slash (30,800) (100,750) (500,700) (3500,100), block-sparse (an eighth of',
    'the 32-wide blocks). The score is the mean recall of rows from 2,500 on; the first best wins. On prompts below 3,500 tokens, where the',
    'original raises, candidates that do not fit are skipped and the second half of the rows is scored.',
    '',
    'With --recall, each head gets the pattern of least executed tiles whose mean recall over all rows is at least that, read off its recall',
    'surfaces: any budget on their edges, any kind of --kinds, dense where nothing sparse reaches it.',
    '',
    "The Headscope config holds each chosen pattern's own recall and density over all rows, as MInference's kernels execute it.",
  ].join('\n'),
  options: {
    ...sourceOptions,
    procedure: value('NAME', 'released (default) or target, which --recall stands for', oneOf('released', 'target')),
    recall: value('X', 'the recall that each head must reach at the least cost', shareAboveZero),
    kinds: value('LIST', 'pattern kinds that --recall may choose (default: all)', someOf('a_shape', 'vertical_slash', 'block_sparse')),
    layers: value('LIST', 'layers to search, like 0-3 or 0,5 (default: all; the others stay dense)', indexList),
    heads: value('LIST', 'heads to search in each of them', indexList),
    out: value('F', 'write the config here', text),
    format: value('NAME', 'headscope (default) or minference', oneOf('headscope', 'minference')),
    scores: value('F', "every candidate's recall and density, a JSON line a head", text),
    'dense-as': value('V,S', 'what --format minference writes for a dense head: a vertical_slash budget', denseBudget),
    remap: flag('write A-shape and block-sparse winners as vertical_slash, as the released code does'),
  },
  run: async (context) => {
    const { values, engine, signal, say, note, progress } = context;
    const out = required(values.out, 'out');
    checkTargets(out, values.scores);
    if ((values.procedure === 'target' && values.recall === undefined) || (values.procedure === 'released' && values.recall !== undefined))
      throw new UsageError('--procedure target and --recall go together.');
    if (values.recall === undefined ? values.kinds !== undefined : values.remap)
      throw new UsageError(values.remap ? '--remap is of the released search, not of --recall.' : '--kinds needs --recall.');
    const { runId } = await openSource(values, engine, context);
    const scores = values.scores === undefined ? undefined : await JsonLines.create(values.scores);
    try {
      const found = await (await engine()).call(
        'search.run',
        {
          runId,
          ...(values.recall === undefined ? { procedure: 'released' } : { procedure: 'target', targetRecall: values.recall }),
          ...(values.kinds === undefined ? {} : { kinds: values.kinds }),
          remap: values.remap,
          ...(values.format === undefined ? {} : { format: values.format }),
          ...(values.layers === undefined ? {} : { layers: values.layers }),
          ...(values.heads === undefined ? {} : { heads: values.heads }),
          ...(values['dense-as'] === undefined ? {} : { denseAs: values['dense-as'] }),
          ...threadsOf(values),
        },
        {
          signal,
          onProgress: (state) => progress.show('search', state),
          onEvent: (head: HeadScores) => scores?.add(head),
        },
      );
      await scores?.commit();
      await writeFileAtomic(out, found.text);
      for (const line of found.notes) note(line);
      say(textTable(winnerLines(found.winners, values.recall !== undefined)));
      say(
        `${found.heads} heads in ${millisecondsText(found.elapsedMs)}: median recall ${found.medianRecall.toFixed(4)}, mean density ${percentText(found.meanDensity)}`,
      );
      say(`rows ${found.scoredFrom} to ${found.rows} scored; written: ${out}${values.scores === undefined ? '' : `, ${values.scores}`}`);
      const { text: _, ...facts } = found;
      return { out, ...(values.scores === undefined ? {} : { scores: values.scores }), ...facts };
    } finally {
      await scores?.discard();
    }
  },
});

/** Candidates of the released search; by target every head may have a budget of its own, so their kinds are counted. */
function winnerLines(winners: readonly { pattern: Pattern; heads: number }[], byKind: boolean): (string | number)[][] {
  if (!byKind) return [['candidate', 'heads won'], ...winners.map(({ pattern, heads }) => [JSON.stringify(pattern), heads])];
  const kinds = new Map<string, number>();
  for (const { pattern, heads } of winners) kinds.set(pattern.kind, (kinds.get(pattern.kind) ?? 0) + heads);
  return [['kind', 'heads'], ...kinds];
}
