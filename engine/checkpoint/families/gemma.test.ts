// The text model of a Gemma 3 that also sees pictures: the same as the one saved alone, under the names of older and newer files.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../checkpoint.ts';
import { readSafetensorsHeader } from '../safetensors.ts';
import { thrownError } from '../thrown_error.ts';
import { rewriteFile, safetensorsBytes, writeModelFolder } from '../tiny_checkpoint.ts';

const alone = fileURLToPath(new URL('../../../test/golden/families/gemma3', import.meta.url));
const text: Record<string, unknown> = JSON.parse(readFileSync(join(alone, 'config.json'), 'utf8'));
const weights = join(alone, 'model.safetensors');

function withVision(rename: (name: string) => string): string {
  const { tensors } = readSafetensorsHeader(weights);
  const bytes = readFileSync(weights);
  const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(bytes.toString('utf8', 8, dataStart));
  const renamed = [...tensors.values()].map(({ name, dtype, shape }) => {
    const [begin, end] = header[name]?.data_offsets ?? [0, 0];
    return [rename(name), { dtype, shape: [...shape], bytes: bytes.subarray(dataStart + begin, dataStart + end) }];
  });
  const vision = ['vision_tower.x.weight', { dtype: 'BF16', shape: [2], bytes: new Uint8Array(4) }];
  return writeModelFolder({
    configText: JSON.stringify({
      model_type: 'gemma3',
      architectures: ['Gemma3ForConditionalGeneration'],
      text_config: text,
      vision_config: {},
    }),
    files: { 'model.safetensors': safetensorsBytes(Object.fromEntries([...renamed, vision])) },
  });
}

describe('a Gemma 3 with pictures', () => {
  it.each([
    ['published', 'language_model.model.'],
    ['saved anew', 'model.language_model.'],
  ])('as it is %s runs as its text model', (_, prefix) => {
    const { spec: expected } = openCheckpoint(alone);
    const { spec, tied, notes } = openCheckpoint(withVision((name) => name.replace(/^model\./, prefix)));
    const { tensors, ...function_ } = spec;
    const { tensors: theirs, ...same } = expected;
    expect(function_).toEqual(same);
    expect(tied).toBe(true);
    expect(tensors.embedding.shape).toEqual(theirs.embedding.shape);
    expect(tensors.layers.map((layer) => Object.keys(layer).sort())).toEqual(theirs.layers.map((layer) => Object.keys(layer).sort()));
    expect(tensors.layers[1]?.q.name).toBe(`${prefix}layers.1.self_attn.q_proj.weight`);
    expect(notes.join()).toContain('runs its text model');
    expect(notes.join()).toContain('1 tensor is not used: vision_tower.x.weight');
  });

  it('goes by its own tie_word_embeddings, and caps no logits', () => {
    const folder = withVision((name) => name);
    const ties = (config: Record<string, unknown>) => {
      rewriteFile(join(folder, 'config.json'), JSON.stringify({ model_type: 'gemma3', ...config }));
      return openCheckpoint(folder);
    };
    expect(ties({ text_config: { ...text, tie_word_embeddings: false } }).tied).toBe(true);
    expect(thrownError(() => ties({ text_config: text, tie_word_embeddings: false })).message).toMatch(/lm_head\.weight .*is missing/);
    const capped = ties({ text_config: { ...text, final_logit_softcapping: 30 } });
    expect(capped.spec.logitCap).toBe(0);
    expect(capped.notes.join()).toContain('final_logit_softcapping is not applied');
  });

  it('is refused under names that are neither', () => {
    const folder = withVision((name) => name.replace(/^model\./, 'text.'));
    expect(thrownError(() => openCheckpoint(folder)).message).toMatch(/embed_tokens\.weight is missing/);
  });
});
