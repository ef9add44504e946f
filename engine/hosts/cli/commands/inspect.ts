import { command } from '../command.ts';
import { bytesText } from '../text_table.ts';

const PLANNED = [4096, 32768, 131072];

export const inspect = command({
  name: 'inspect',
  summary: 'What a model folder holds, and what a prefill of it would need.',
  usage: 'headscope inspect MODEL_DIR [--json]',
  options: {},
  positionals: ['MODEL_DIR'],
  run: async ({ engine, positionals, signal, say, note }) => {
    const facts = await (await engine()).call('checkpoint.inspect', { model: positionals[0] ?? '', planFor: PLANNED }, { signal });
    const dtypes = Object.entries(facts.parametersByDtype).map(([dtype, count]) => `${count.toLocaleString('en')} ${dtype}`);
    const group = facts.heads / facts.kvHeads;
    const rope = Object.entries(facts.rope).map(([key, entry]) => `${key} ${String(entry)}`);
    say(
      `${facts.name}: ${facts.architecture}, ${facts.layers} layers of ${facts.heads} heads (${facts.kvHeads} key-value heads, ${group} a group) of ${facts.headDim}`,
    );
    say(
      `  hidden ${facts.hiddenSize}, intermediate ${facts.intermediateSize}, vocabulary ${facts.vocabSize}${facts.tied ? ', tied embeddings' : ''}`,
    );
    say(`  positions up to ${facts.contextLength.toLocaleString('en')}, rotary: ${rope.join(', ')}`);
    say(
      `  ${facts.parameters.toLocaleString('en')} parameters (${dtypes.join(', ')}), ${bytesText(facts.weightBytes)} in ${facts.files.join(', ')}`,
    );
    say(`  tokenizer: ${facts.tokenizerPresent ? 'tokenizer.json' : 'none; give prompts as ids with --tokens'}`);
    say(`  ${facts.identity}`);
    for (const { tokens, places } of facts.plans) {
      const held = places.filter(({ name }) => !name.includes('mapped')).reduce((sum, place) => sum + place.bytes, 0);
      say(`  a prefill of ${tokens.toLocaleString('en')} tokens holds ${bytesText(held)}`);
    }
    for (const line of facts.notes) note(line);
    return facts;
  },
});
