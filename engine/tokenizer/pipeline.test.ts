import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Pipeline } from './pipeline.ts';

const folder = fileURLToPath(new URL('../../test/golden/tokenizers', import.meta.url));
const texts = z.array(z.string()).parse(JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')));
const goldenSchema = z.object({
  tokenizer: z.record(z.string(), z.unknown()),
  cases: z.array(
    z.tuple([z.array(z.number()), z.array(z.number()), z.array(z.number()).nullable(), z.string().nullable(), z.string().nullable()]),
  ),
});
const names = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));

describe.each(names.map((name) => name.slice(0, -'.json.gz'.length)))('the pipeline of %s', (name) => {
  const golden = goldenSchema.parse(JSON.parse(gunzipSync(readFileSync(join(folder, `${name}.json.gz`))).toString('utf8')));
  const pipeline = Pipeline.parse(JSON.stringify(golden.tokenizer));

  it(`gives the ids, offsets and texts of the reference on ${texts.length} hard strings`, () => {
    expect(golden.cases.length).toBe(texts.length);
    golden.cases.forEach(([ids, offsets, plain, decoded, skipped], index) => {
      const text = texts[index] ?? '';
      const encoded = pipeline.encode(text, true);
      expect({ text, ids: [...encoded.ids], offsets: [...encoded.offsets] }).toEqual({ text, ids, offsets });
      expect([...pipeline.encode(text, false).ids]).toEqual(plain ?? ids);
      expect({ text, decoded: pipeline.decode(ids, false) }).toEqual({ text, decoded: decoded ?? text });
      expect({ text, skipped: pipeline.decode(ids, true) }).toEqual({ text, skipped: skipped ?? text });
    });
  });
});
