import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rejectedError, thrownError } from '../checkpoint/thrown_error.ts';
import { seededRandom, temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { INLINE_TEXT_LIMIT, openTokenizer } from './tokenizer.ts';
import { Vocabulary } from './vocabulary.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demo = join(root, 'assets/demo-model');
const tokenizerJson = readFileSync(join(demo, 'tokenizer.json'), 'utf8');
const golden = z
  .object({
    vocabSize: z.number(),
    cases: z.array(z.object({ text: z.string(), ids: z.array(z.number()), decoded: z.string() })),
    prompts: z.array(z.object({ name: z.string(), count: z.number(), sha256: z.string() })),
  })
  .parse(JSON.parse(readFileSync(join(root, 'test/golden/tokenizer.json'), 'utf8')));
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const hashOf = (ids: Int32Array) => createHash('sha256').update(ids.join(',')).digest('hex');

describe('the tokenizer of the bundled model', () => {
  const tokenizer = openTokenizer(demo);

  it.each(golden.cases)('equals the reference on $text', async ({ text, ids, decoded }) => {
    expect([...(await tokenizer.encode(text))]).toEqual(ids);
    expect(await tokenizer.decode(ids)).toBe(decoded);
  });

  it.each(golden.prompts)('equals the reference on the prompt $name', async ({ name, count, sha256 }) => {
    const ids = await tokenizer.encode(readFileSync(join(root, 'assets/prompts', name), 'utf8'));
    expect([ids.length, hashOf(ids)]).toEqual([count, sha256]);
  });

  it('decodes no ids to nothing, and ids without a token to <unused>', async () => {
    expect(Vocabulary.parse(tokenizerJson).size).toBe(golden.vocabSize);
    expect(await tokenizer.decode([])).toBe('');
    expect(await tokenizer.decode([99999])).toBe('<unused>');
    expect(await tokenizer.decode([...Vocabulary.parse(tokenizerJson).encode('ab').ids, -1, 99999])).toBe('<s>ab<unused><unused>');
  });

  it('shows single tokens readably, in pieces that make the text', async () => {
    const pieces = async (text: string) => tokenizer.tokens(await tokenizer.encode(text));
    expect((await pieces('hello  world\n 42')).join('')).toBe('<s>hello  world\n 42');
    expect((await pieces('hello world'))[0]).toBe('<s>');
    expect((await pieces('\u{1f9ea}')).slice(1).join('')).toBe('\\xF0\\x9F\\xA7\\xAA');
    expect(await tokenizer.tokens([99999])).toEqual(['<unused>']);
  });
});

describe('other pipelines', () => {
  const metaspace = {
    added_tokens: null,
    normalizer: null,
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false },
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      vocab: { '<unk>': 0, '<0xC3>': 1, '<0xA4>': 2, '▁': 3, a: 4, '▁a': 5 },
      merges: ['▁ a'],
      unk_token: '<unk>',
      byte_fallback: true,
      fuse_unk: true,
    },
  };

  it('show spaces and bytes of a SentencePiece-like vocabulary', () => {
    const vocabulary = Vocabulary.parse(JSON.stringify(metaspace));
    expect([...vocabulary.encode('aä').ids]).toEqual([5, 1, 2]);
    expect([5, 1, 2].map((id) => vocabulary.token(id))).toEqual([' a', '\\xC3', '\\xA4']);
    expect(vocabulary.decode([5, 1, 2])).toBe('aä');
  });
});

describe('a bad tokenizer', () => {
  it('is missing or malformed, with a code', () => {
    const folder = temporaryFolder();
    expect(thrownError(() => openTokenizer(folder))).toMatchObject({
      code: 'TOKENIZER_MISSING',
      message: expect.stringContaining('token ids'),
    });
    for (const text of [
      '',
      '[]',
      '{}',
      '{"model":{}}',
      '{"model":{"type":"BPE","vocab":{"a":-1},"merges":[]}}',
      '{"model":{"type":"BPE","vocab":{"a":1e9},"merges":[]}}',
      '{"model":{"type":"BPE","vocab":{"a":0}}}',
      '{"model":{"type":"Nothing","vocab":{"a":0}}}',
      '{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"decoder":{"type":"Nothing"}}',
      '{"model":{"type":"BPE","vocab":{"a":0},"merges":[]},"added_tokens":[{"id":"x"}]}',
    ]) {
      writeFileSync(join(folder, 'tokenizer.json'), text);
      expect(thrownError(() => openTokenizer(folder)).code).toBe('TOKENIZER_INVALID');
    }
  });

  it('mutated 2,000 times, works or fails with a code', () => {
    const seed = JSON.stringify({
      added_tokens: [{ id: 3, content: '<s>', special: true }],
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      post_processor: {
        type: 'TemplateProcessing',
        single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
        pair: [],
        special_tokens: { '<s>': { id: '<s>', ids: [3], tokens: ['<s>'] } },
      },
      decoder: { type: 'ByteLevel' },
      model: { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: [['a', 'b']] },
    });
    const random = seededRandom(99);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const values = [
      null,
      [],
      {},
      -1,
      0,
      1,
      'x',
      'a',
      '',
      1e300,
      'Sequence',
      'Metaspace',
      'ByteLevel',
      'NFC',
      'BPE',
      'WordPiece',
      true,
      false,
    ];
    /** The tree with one node replaced, removed, doubled, or exchanged for another of it. */
    const edited = (tree: unknown): unknown => {
      const places: [Record<string, unknown>, string][] = [];
      const walk = (node: unknown) => {
        if (!isObject(node)) return;
        for (const [key, child] of Object.entries(node)) {
          places.push([node, key]);
          walk(child);
        }
      };
      walk(tree);
      if (places.length === 0) return tree;
      const [parent, key] = pick(places);
      const [other, name] = pick(places);
      const choice = random();
      if (choice < 0.5) parent[key] = pick(values);
      else if (choice < 0.65) delete parent[key];
      else if (choice < 0.8) parent[pick(['type', 'content', 'id', 'x'])] = structuredClone(parent[key]);
      else parent[key] = structuredClone(other[name]);
      return tree;
    };
    const outcomes = { worked: 0, refused: 0 };
    for (let round = 0; round < 2000; round++) {
      let tree: unknown = JSON.parse(seed);
      for (let edit = 0; edit <= random() * 2; edit++) tree = edited(tree);
      // A fifth is damaged as text, which seldom stays JSON.
      const text = JSON.stringify(tree);
      const at = Math.floor(random() * text.length);
      try {
        const vocabulary = Vocabulary.parse(random() < 0.2 ? text.slice(0, at) + pick(['', '"', '[', '1']) + text.slice(at + 1) : text);
        vocabulary.decode(vocabulary.encode('abba <s>').ids);
        outcomes.worked++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('TOKENIZER_INVALID');
        outcomes.refused++;
      }
    }

    expect(outcomes.worked).toBeGreaterThan(300);
    expect(outcomes.refused).toBeGreaterThan(500);
  });
});

describe('long text', () => {
  const text = `${readFileSync(join(root, 'assets/prompts/mixed.txt'), 'utf8')}\n`.repeat(6);
  const folder = temporaryFolder();
  const worker = join(folder, 'tokenizer-worker.mjs');

  beforeAll(async () => {
    await build({
      configFile: false,
      root,
      logLevel: 'error',
      ssr: { noExternal: true, target: 'node' },
      build: {
        ssr: true,
        target: 'node20',
        outDir: folder,
        minify: false,
        rollupOptions: {
          input: { 'tokenizer-worker': join(root, 'engine/tokenizer/worker.ts') },
          external: [...builtinModules, ...builtinModules.map((name) => `node:${name}`)],
          output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: 'chunk-[hash].mjs' },
        },
      },
    });
  });

  it('is encoded on a thread, to the same ids, while this one stays free', async () => {
    expect(text.length).toBeGreaterThan(INLINE_TEXT_LIMIT);
    const tokenizer = openTokenizer(demo, { worker });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const [first, second] = await Promise.all([tokenizer.encode(text), tokenizer.encode(`${text}x`)]);
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
    const here = await openTokenizer(demo, { worker: null }).encode(text);
    expect(hashOf(first)).toBe(hashOf(here));
    expect(second.length).toBe(first.length + 1);
    tokenizer.close();
  });

  it('can be cancelled at once, and the next request is answered', async () => {
    const tokenizer = openTokenizer(demo, { worker });
    const abort = new AbortController();
    const other = tokenizer.encode(text);
    const cancelled = rejectedError(() => tokenizer.encode(text.repeat(20), abort.signal));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = performance.now();
    abort.abort();
    expect((await cancelled).code).toBe('CANCELLED');
    expect(performance.now() - before).toBeLessThan(2000);
    expect((await other).length).toBeGreaterThan(1000);
    expect((await rejectedError(() => tokenizer.encode(text, abort.signal))).code).toBe('CANCELLED');
    const closing = rejectedError(() => tokenizer.encode(text));
    tokenizer.close();
    expect((await closing).code).toBe('CANCELLED');
  });

  it('and short text, with a large vocabulary, are left to the thread alone', async () => {
    const large = openTokenizer(demo, { worker, inlineLimit: 1000 });
    const here = openTokenizer(demo, { worker: null });
    const ids = await large.encode('needles 7, \u{1f9ea} <s>');
    expect([...ids]).toEqual([...(await here.encode('needles 7, \u{1f9ea} <s>'))]);
    expect(await large.decode(ids)).toBe(await here.decode(ids));
    expect(await large.decode(ids, true)).toBe(await here.decode(ids, true));
    expect(await large.tokens(ids)).toEqual(await here.tokens(ids));
    const { offsets } = await large.encodeWithOffsets('ab', false);
    expect([...offsets]).toEqual([...(await here.encodeWithOffsets('ab', false)).offsets]);
    large.close();
    writeFileSync(join(folder, 'tokenizer.json'), `{"model": ${' '.repeat(1000)}}`);
    const bad = openTokenizer(folder, { worker, inlineLimit: 1000 });
    expect((await rejectedError(() => bad.encode('a'))).code).toBe('TOKENIZER_INVALID');
    expect((await rejectedError(() => bad.tokens([1]))).code).toBe('TOKENIZER_INVALID');
    bad.close();
  });

  it('reports a thread that fails', async () => {
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'throw new Error("no such thing")');
    expect(await rejectedError(() => openTokenizer(demo, { worker: broken }).encode(text))).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('no such thing'),
    });
  });
});
