import { command } from '../command.ts';
import { headOptions, SOURCE_HELP } from '../head_options.ts';
import { oneOf, required, text, value } from '../options.ts';
import { checkTargets, writeJson } from '../output_files.ts';
import { openSource, sourceOptions, threadsOf } from '../source.ts';
import { millisecondsText } from '../text_table.ts';

export const surface = command({
  name: 'surface',
  summary: 'Recall, nominal and executed density of a head at every budget of a pattern kind, in one pass.',
  usage: 'headscope surface SOURCE --layer L --head H --kind KIND --out F.json [--json]',
  details: SOURCE_HELP,
  options: {
    ...sourceOptions,
    ...headOptions,
    kind: value('KIND', 'vertical_slash, a_shape or block_sparse', oneOf('vertical_slash', 'a_shape', 'block_sparse')),
    out: value('F', 'write the JSON here', text),
  },
  run: async (context) => {
    const { values, engine, signal, say, progress } = context;
    const [layer, head, kind] = [required(values.layer, 'layer'), required(values.head, 'head'), required(values.kind, 'kind')];
    const out = required(values.out, 'out');
    checkTargets(out);
    const { runId } = await openSource(values, engine, context);
    const found = await (await engine()).call(
      'pattern.surface',
      { runId, layer, head, kind, ...threadsOf(values) },
      { signal, onProgress: (state) => progress.show('surface', state) },
    );
    await writeJson(out, found);
    const sizes = found.axes.map(({ name, edges }) => `${edges.length} ${name}`).join(' x ');
    say(`layer ${layer}, head ${head}, ${kind}: ${sizes} in ${millisecondsText(found.elapsedMs)}; written: ${out}`);
    return { out, ...found };
  },
});
