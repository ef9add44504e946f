import type { Result } from '../../../protocol/methods.ts';
import { command } from '../command.ts';
import { countingNumber, oneOf, value, wholeNumber } from '../options.ts';
import { threadsOf } from '../source.ts';
import { bytesText, millisecondsText, textTable } from '../text_table.ts';

/** Lengths whose memory is printed where none is asked for. */
const PLANNED = [4096, 32768, 131072];

function planText(plan: Result<'checkpoint.plan'>): string {
  const places = textTable([['place', 'bytes'], ...plan.places.map(({ name, bytes }) => [name, bytesText(bytes)])]);
  const onDevice = plan.places.filter(({ name }) => name.endsWith('(device)')).reduce((sum, { bytes }) => sum + bytes, 0);
  const backends = plan.backends.map(({ name, description, available, reason, times }) => {
    if (!available) return `  ${name}: not available, ${reason}`;
    if (!times) return `  ${name}: ${description}, not used`;
    const parts = `linear layers ${millisecondsText(times.linearMs)}, dense attention ${millisecondsText(times.attentionMs)}`;
    return `  ${name}: ${description}, ≈ ${millisecondsText(times.totalMs)} (${parts}), from the speed measured now`;
  });
  return [
    `a prefill of ${plan.tokens.toLocaleString('en')} tokens holds ${bytesText(plan.heldBytes)} of ${bytesText(plan.usableBytes)} that may be used` +
      (plan.spilledBytes > 0 ? `; layer inputs, ${bytesText(plan.spilledBytes)}, go to disk` : '') +
      (onDevice > 0 ? `; the device holds ${bytesText(onDevice)}` : ''),
    ...places.split('\n').map((line) => `  ${line}`),
    ...backends,
  ].join('\n');
}

export const inspect = command({
  name: 'inspect',
  summary: 'What a model folder holds, and what a prefill of it would need.',
  usage: 'headscope inspect MODEL_DIR [--tokens N] [--backend NAME] [--threads N] [--json]',
  options: {
    tokens: value('N', 'plan the memory and time of a prefill of N tokens; refused where it cannot fit', countingNumber),
    backend: value('NAME', 'plan for cpu, cuda or auto (the default)', oneOf('auto', 'cpu', 'cuda')),
    threads: value('N', 'threads of that prefill (default 0: as many as the machine has)', wholeNumber),
  },
  positionals: ['MODEL_DIR'],
  run: async ({ engine, values, positionals, signal, say, note }) => {
    const client = await engine();
    const model = positionals[0] ?? '';
    const planFor = values.tokens === undefined ? PLANNED : [];
    const facts = await client.call('checkpoint.inspect', { model, planFor }, { signal });
    const dtypes = Object.entries(facts.parametersByDtype).map(([dtype, count]) => `${count.toLocaleString('en')} ${dtype}`);
    const group = facts.heads / facts.kvHeads;
    const { windowed, ...rope } = facts.rope;
    say(
      `${facts.name}: ${facts.architecture}, ${facts.layers} layers of ${facts.heads} heads (${facts.kvHeads} key-value heads, ${group} a group) of ${facts.headDim}`,
    );
    say(
      `  hidden ${facts.hiddenSize}, intermediate ${facts.intermediateSize}, vocabulary ${facts.vocabSize}${facts.tied ? ', tied embeddings' : ''}`,
    );
    say(`  positions up to ${facts.contextLength.toLocaleString('en')}, rotary: ${ropeText(rope)}`);
    if (typeof windowed === 'object' && windowed !== null) say(`  rotary of the windowed layers: ${ropeText(windowed)}`);
    say(
      `  ${facts.parameters.toLocaleString('en')} parameters (${dtypes.join(', ')}), ${bytesText(facts.weightBytes)} in ${facts.files.join(', ')}`,
    );
    say(`  tokenizer: ${facts.tokenizerPresent ? 'tokenizer.json' : 'none; give prompts as ids with --tokens'}`);
    say(`  ${facts.identity}`);
    for (const { tokens, places } of facts.plans) {
      const held = places
        .filter(({ name }) => !name.includes('mapped') && !name.includes('device'))
        .reduce((sum, place) => sum + place.bytes, 0);
      say(`  a prefill of ${tokens.toLocaleString('en')} tokens holds ${bytesText(held)}`);
    }
    for (const line of facts.notes) note(line);
    if (values.tokens === undefined) return facts;
    if (values.tokens > facts.contextLength) {
      note(`${values.tokens} tokens are past the ${facts.contextLength} positions the model was trained for.`);
    }
    const plan = await client.call(
      'checkpoint.plan',
      { model, tokens: values.tokens, ...threadsOf(values), ...(values.backend === undefined ? {} : { backend: values.backend }) },
      { signal },
    );
    say(planText(plan));
    return { ...facts, plan };
  },
});

function ropeText(rope: object): string {
  const shown = (entry: unknown) => (Array.isArray(entry) ? `[${entry.length} factors]` : String(entry));
  return Object.entries(rope)
    .map(([key, entry]) => `${key} ${shown(entry)}`)
    .join(', ');
}
