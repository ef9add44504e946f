// Templates as the published ones are written, and the features of Jinja one by one, against what transformers makes of them.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { HeadscopeError } from '../protocol/errors.ts';
import { markFloats } from './python_values.ts';
import { renderTemplate } from './template_render.ts';

const golden = z
  .object({
    now: z.string(),
    tokens: z.record(z.string(), z.string()),
    values: z.record(z.string(), z.unknown()),
    cases: z.array(
      z.object({
        name: z.string(),
        template: z.string(),
        variables: z.record(z.string(), z.unknown()).nullable(),
        text: z.string().optional(),
        error: z.string().optional(),
      }),
    ),
  })
  .parse(
    JSON.parse(markFloats(gunzipSync(readFileSync(new URL('../../test/golden/chat/chat.json.gz', import.meta.url))).toString('utf8'))),
  );

function rendered(template: string, variables: Record<string, unknown> | null): { text: string } | { error: string } {
  const chat = { tools: null, documents: null, messages: [], add_generation_prompt: false };
  try {
    return { text: renderTemplate(template, { ...golden.tokens, ...chat, ...(variables ?? golden.values) }) };
  } catch (error) {
    if (!(error instanceof HeadscopeError)) throw error;
    return { error: error.message };
  }
}

/** Syntax that the hub's parser does not take, and filters that no published template has had a use for. */
const REFUSED = [
  '{{ 1e3 }}',
  '{{ 1_000 }}',
  '{{ 0x10 }}',
  '{{ (1,) }}',
  '{{ n is divisibleby 7 }}',
  '{{ n is eq 7 }}',
  '{{ n is equalto 7 }}',
  '{{ n is ne 7 }}',
  '{{ n is gt 3 }}',
  '{{ n is in [7] }}',
  '{{ n is sameas n }}',
  "{{ people | groupby('age') | list | length }}",
  "{{ 'abcdef' | truncate(4) }}",
  "{{ {'a': 1} | xmlattr }}",
  'a\n    {%+ if true %}b{% endif %}',
  '{% if true +%}\nb{% endif %}',
  '{% raw %}{{ n }}{% endraw %}',
  '{% with x = 5 %}{{ x }}{% endwith %}',
  '{% for x in list recursive %}{{ x }}{% endfor %}',
];
const DIFFERENT = ['{{ range(3) }}', '{{ [x for x in list] }}', '{{ self is defined }}'];

describe('a chat template', () => {
  beforeAll(() => void vi.useFakeTimers({ now: new Date(golden.now), toFake: ['Date'] }));
  afterAll(() => void vi.useRealTimers());

  const known = new Set([...REFUSED, ...DIFFERENT]);

  it('renders as transformers renders it, and is refused where transformers refuses it', () => {
    const wrong = golden.cases.flatMap(({ name, template, variables, text, error }) => {
      if (known.has(name)) return [];
      const ours = rendered(template, variables);
      const same = 'text' in ours ? ours.text === text : error !== undefined;
      return same ? [] : [{ name, wanted: text ?? error, got: ours }];
    });
    expect(wrong).toEqual([]);
    expect(golden.cases.length - known.size).toBeGreaterThan(430);
  });

  it.each(REFUSED)('is refused, not misread, where our parser ends: %s', (name) => {
    const found = golden.cases.find((each) => each.name === name);
    expect(found?.text).toBeDefined();
    expect(rendered(found?.template ?? '', null)).toEqual({ error: expect.any(String) });
  });

  it.each(DIFFERENT)('differs from Python in what no template relies on: %s', (name) => {
    const found = golden.cases.find((each) => each.name === name);
    expect(rendered(found?.template ?? '', null)).not.toEqual({ text: found?.text });
  });
});
