import { writeFileAtomic } from '../../../runs/atomic_file.ts';
import { command } from '../command.ts';
import { denseBudget, oneOf, required, text, value } from '../options.ts';
import { readText } from '../read_inputs.ts';

export const exportConfig = command({
  name: 'export',
  summary: 'Convert a config to another format.',
  usage: 'headscope export CONFIG --format minference|headscope --out F [--model DIR]',
  details:
    "CONFIG is Headscope's or MInference's JSON. --model checks it against a model, and is its provenance when converting to headscope.",
  options: {
    format: value('NAME', 'minference or headscope', oneOf('minference', 'headscope')),
    out: value('F', 'write the config here', text),
    'dense-as': value('V,S', 'what --format minference writes for a dense head: a vertical_slash budget', denseBudget),
    model: value('DIR', 'the model the config is for', text),
  },
  positionals: ['CONFIG'],
  run: async ({ values, positionals, engine, signal, say, note }) => {
    const [to, out] = [required(values.format, 'format'), required(values.out, 'out')];
    const document = await readText(positionals[0] ?? '');
    const { text: converted, notes } = await (await engine()).call(
      'config.convert',
      {
        document,
        to,
        ...(values.model === undefined ? {} : { model: values.model }),
        ...(values['dense-as'] === undefined ? {} : { denseAs: values['dense-as'] }),
      },
      { signal },
    );
    await writeFileAtomic(out, converted);
    for (const line of notes) note(line);
    say(`written: ${out}`);
    return { out, format: to, notes };
  },
});
