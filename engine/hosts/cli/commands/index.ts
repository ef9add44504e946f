import { command } from '../command.ts';
import { headOptions, PATTERN_HELP, patternOptions, SOURCE_HELP } from '../head_options.ts';
import { required, text, value } from '../options.ts';
import { checkTargets, writeJson } from '../output_files.ts';
import { readPattern } from '../read_inputs.ts';
import { openSource, sourceOptions, threadsOf } from '../source.ts';
import { bytesText, percentText } from '../text_table.ts';

const sum = (values: readonly number[]): number => values.reduce((total, entry) => total + entry, 0);

export const index = command({
  name: 'index',
  summary: 'What a pattern keeps on this input: columns and distances, or blocks, and the tiles they execute.',
  usage: 'headscope index SOURCE --layer L --head H --pattern P [--compat] [--out F] [--json]',
  details: `${SOURCE_HELP}\n\n${PATTERN_HELP}`,
  options: { ...sourceOptions, ...headOptions, ...patternOptions, out: value('F', 'write the JSON here', text) },
  run: async (context) => {
    const { values, engine, signal, say, note } = context;
    const [layer, head] = [required(values.layer, 'layer'), required(values.head, 'head')];
    const pattern = await readPattern(required(values.pattern, 'pattern'));
    checkTargets(values.out);
    const { runId } = await openSource(values, engine, context);
    const client = await engine();
    const { notes, ...found } = await client.call(
      'pattern.index',
      { runId, layer, head, pattern, compat: values.compat, ...threadsOf(values) },
      { signal },
    );
    for (const line of notes) note(line);
    if (found.columns && found.distances)
      say(`layer ${layer}, head ${head}: ${found.columns.length} columns, ${found.distances.length} distances`);
    if (found.rows)
      say(
        `layer ${layer}, head ${head}: ${sum(found.rows.map((row) => row.length))} blocks of ${found.blockSize} in ${found.rows.length} rows`,
      );
    const [executed, causal] = [sum(found.executedTiles), sum(found.causalTiles)];
    say(`  ${executed} of ${causal} causal 64x64 tiles (${percentText(executed / causal)}), index of ${bytesText(found.bytes)}`);
    if (values.out !== undefined) {
      await writeJson(values.out, found);
      say(`  written: ${values.out}`);
    }
    return { ...found, notes };
  },
});
