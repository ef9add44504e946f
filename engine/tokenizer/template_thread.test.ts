// Templates that do not behave, on the thread that the built programs render them on.
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectedError } from '../checkpoint/thrown_error.ts';
import { temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { TemplateThread } from './template_thread.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder();
const thread = new TemplateThread({ worker: join(folder, 'tokenizer-worker.mjs'), limitMs: 30_000 });
const brief = new TemplateThread({ worker: join(folder, 'tokenizer-worker.mjs'), limitMs: 1500 });
const LOOP = '{% for i in range(100000) %}{% for j in range(100000) %}{% if i < 0 %}x{% endif %}{% endfor %}{% endfor %}';

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
}, 120_000);
afterAll(() => {
  thread.close();
  brief.close();
});

describe('the thread of chat templates', () => {
  it('renders, one after the other, and says what a template refuses', async () => {
    const all = await Promise.all(['{{ a }}', '{{ b }}'].map((source) => thread.render(source, { a: [1.5, null], b: { c: true } })));
    expect(all).toEqual(['[1.5, None]', "{'c': True}"]);
    expect(await rejectedError(() => thread.render("{{ raise_exception('no') }}", {}))).toMatchObject({ code: 'INVALID_REQUEST' });
    expect(await rejectedError(() => thread.render('{% if %}', {}))).toMatchObject({ code: 'TOKENIZER_INVALID' });
  }, 60_000);

  it('ends a loop that has no end, and renders the next', async () => {
    expect(await rejectedError(() => brief.render(LOOP, {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await thread.render('{{ 1 }}', {})).toBe('1');
  }, 60_000);

  it('is stopped in the middle by a cancel, and renders the next', async () => {
    const abort = new AbortController();
    await thread.render('warm', {});
    const cancelled = rejectedError(() => thread.render(LOOP, {}, abort.signal));
    await new Promise((resolve) => setTimeout(resolve, 100));
    abort.abort();
    expect(await cancelled).toMatchObject({ code: 'CANCELLED' });
    expect(await thread.render('{{ 2 }}', {})).toBe('2');
  }, 60_000);

  it('ends where the memory does, or before', async () => {
    const doubling = "{% set n = namespace(x=['a']) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}{{ n.x | length }}";
    expect(await rejectedError(() => thread.render(doubling, {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await rejectedError(() => thread.render("{{ 'a' * 999999999 }}", {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await rejectedError(() => thread.render('{{ range(999999999) }}', {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const shared = '{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}';
    for (const print of [
      '{{ n.x }}',
      '{{ n.x | tojson }}',
      '{{ n.x | tojson(indent=60) }}',
      "{{ ('a' * 9999 * 999) | replace('a', 'b' * 9999) }}",
    ])
      expect(await rejectedError(() => thread.render(shared + print, {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    const deep = '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}';
    expect(await rejectedError(() => thread.render(deep, {}))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await thread.render('{{ 3 }}', {})).toBe('3');
  }, 90_000);
});
