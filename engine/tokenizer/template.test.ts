import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectedError, thrownError } from '../checkpoint/thrown_error.ts';
import { temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { ChatRenderer } from './chat.ts';
import { chooseTemplate, readChatTemplates } from './chat_template.ts';

const turns = '{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}';

function folderWith(files: Record<string, unknown>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    if (name.includes('/')) mkdirSync(join(folder, name.slice(0, name.indexOf('/'))), { recursive: true });
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const render = (folder: string, options: { extra?: Record<string, unknown>; limitMs?: number; signal?: AbortSignal } = {}) =>
  new ChatRenderer(folder, { worker: null, limitMs: options.limitMs ?? 5000 }).render(
    { messages: [{ role: 'user', content: 'Hi' }], addGenerationPrompt: true, extra: options.extra ?? {} },
    options.signal,
  );

describe('the template of a folder', () => {
  it('is found in each of the places, the file before the configuration', async () => {
    const inConfig = { 'tokenizer_config.json': { chat_template: turns } };
    expect(await render(folderWith(inConfig))).toBe('[user]Hi[assistant]');
    expect(await render(folderWith({ 'chat_template.json': { chat_template: turns } }))).toBe('[user]Hi[assistant]');
    expect(await render(folderWith({ ...inConfig, 'chat_template.jinja': 'file' }))).toBe('file');
  });

  it('is chosen among named ones: the default, with tools the one for tools', async () => {
    const named = [
      { name: 'default', template: 'plain' },
      { name: 'tool_use', template: 'tools {{ tools | length }}' },
    ];
    const folder = folderWith({ 'tokenizer_config.json': { chat_template: named } });
    expect(await render(folder)).toBe('plain');
    expect(await render(folder, { extra: { tools: [{ name: 'f' }] } })).toBe('tools 1');
    const files = folderWith({ 'additional_chat_templates/rag.jinja': 'x' });
    expect(thrownError(() => chooseTemplate(readChatTemplates(files), false, files))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('rag'),
    });
  });

  it('sees the special tokens, as texts or as objects, and what is given besides', async () => {
    const config = {
      chat_template: '{{ bos_token }}{{ eos_token }}{{ pad_token }}{{ mood }}',
      bos_token: { content: '<s>' },
      eos_token: null,
    };
    const folder = folderWith({ 'tokenizer_config.json': config, 'special_tokens_map.json': { eos_token: '</s>' } });
    expect(await render(folder, { extra: { mood: '!' } })).toBe('<s></s>!');
    expect(await render(folder, { extra: { mood: '!', bos_token: '' } })).toBe('</s>!');
  });

  it('is refused where it is none', async () => {
    expect((await rejectedError(() => render(folderWith({})))).code).toBe('INVALID_REQUEST');
    for (const bad of [{ chat_template: 5 }, { chat_template: [{ name: 'x' }] }, []]) {
      expect((await rejectedError(() => render(folderWith({ 'tokenizer_config.json': bad })))).code).toBe('TOKENIZER_INVALID');
    }
    expect((await rejectedError(() => render(folderWith({ 'chat_template.jinja': '{% for %}' })))).code).toBe('TOKENIZER_INVALID');
  });
});

describe('a template that does not behave', () => {
  const folder = (template: string) => folderWith({ 'chat_template.jinja': template });

  it('says why it refuses a chat', async () => {
    expect(await rejectedError(() => render(folder("{{ raise_exception('Roles must alternate') }}")))).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('Roles must alternate'),
    });
    expect((await rejectedError(() => render(folder('{{ nothing.at.all }}')))).code).toBe('INVALID_REQUEST');
  });

  it('is stopped when it loops', async () => {
    const loop =
      '{% set n = namespace(x=0) %}{% for i in range(100000) %}{% for j in range(100000) %}{% set n.x = n.x + 1 %}{% endfor %}{% endfor %}';
    expect((await rejectedError(() => render(folder(loop), { limitMs: 200 }))).code).toBe('LIMIT_EXCEEDED');
    const abort = new AbortController();
    abort.abort();
    expect((await rejectedError(() => render(folder('x'), { signal: abort.signal }))).code).toBe('CANCELLED');
  });
});
