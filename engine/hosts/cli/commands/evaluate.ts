import { command } from '../command.ts';
import { headOptions, PATTERN_HELP, patternOptions, SOURCE_HELP } from '../head_options.ts';
import { required, value, wholeNumber } from '../options.ts';
import { readPattern } from '../read_inputs.ts';
import { openSource, sourceOptions, threadsOf } from '../source.ts';
import { bytesText, millisecondsText, percentText } from '../text_table.ts';

export const evaluate = command({
  name: 'evaluate',
  summary: 'What a pattern keeps of one head and what it costs: recall, output error, density, time.',
  usage: 'headscope evaluate SOURCE --layer L --head H --pattern P [--compat] [--from-row R] [--json]',
  details: `${SOURCE_HELP}\n\n${PATTERN_HELP}`,
  options: {
    ...sourceOptions,
    ...headOptions,
    ...patternOptions,
    'from-row': value('R', 'also the mean recall of rows from R on', wholeNumber),
  },
  run: async (context) => {
    const { values, engine, signal, say, note, progress } = context;
    const [layer, head] = [required(values.layer, 'layer'), required(values.head, 'head')];
    const pattern = await readPattern(required(values.pattern, 'pattern'));
    const { runId } = await openSource(values, engine, context);
    const client = await engine();
    const fromRow = values['from-row'];
    const found = await client.call(
      'pattern.evaluate',
      { runId, layer, head, pattern, compat: values.compat, ...threadsOf(values), ...(fromRow === undefined ? {} : { fromRow }) },
      { signal, onProgress: (state) => progress.show('evaluate', state) },
    );
    for (const line of found.notes) note(line);
    const { recall, output, density, tiles } = found;
    const tail = recall.fromRow ? `, from row ${recall.fromRow.row} ${recall.fromRow.mean.toFixed(6)}` : '';
    say(`layer ${layer}, head ${head}: ${JSON.stringify(pattern)}`);
    say(`  recall   mean ${recall.mean.toFixed(6)}, least ${recall.min.toFixed(6)}, last 64 rows ${recall.last64.toFixed(6)}${tail}`);
    if (output.relL2 !== null)
      say(`  output   relative L2 ${output.relL2.toExponential(3)}, largest difference ${output.maxAbs?.toExponential(3)}`);
    say(
      `  density  ${percentText(density.nominal)} of the cells, ${percentText(density.executed)} of the tiles (${tiles.executed} of ${tiles.causal})`,
    );
    say(
      `  index    ${found.index.columns} columns, ${found.index.distances} distances, ${found.index.blocks} blocks, ${bytesText(found.index.bytes)}`,
    );
    say(`  time     ${millisecondsText(found.elapsedMs)}, dense ${millisecondsText(found.denseMs)}`);
    return found;
  },
});
