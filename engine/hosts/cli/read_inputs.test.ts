import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readText, readTokens } from './read_inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'headscope-inputs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('files that a user hands over', () => {
  it('are read whole', async () => {
    expect(await readText(write('crlf.txt', '\ufeffa\r\nb\0'))).toBe('a\r\nb\0');
    expect(await readTokens(write('ids.json', '{"ids": [3, 4]}'))).toEqual({ ids: [3, 4] });
  });

  it('are regular files: a pipe without a writer would hang, a device never ends', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero', '/dev/null', folder])
      await expect(readText(path), path).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  it('have a size that a text can have', async () => {
    const large = write('large.txt', '');
    truncateSync(large, 3 * 2 ** 30);
    await expect(readText(large)).rejects.toMatchObject({ code: 'FILE_UNREADABLE', message: expect.stringContaining('more than') });
  });

  it.each([
    ['deep nesting', '['.repeat(200_000) + ']'.repeat(200_000), 'INVALID_REQUEST'],
    ['ids given twice', '{"ids": [1], "ids": [2]}', 'INVALID_REQUEST'],
    ['an infinite id', '[1e400]', 'TOKEN_OUT_OF_RANGE'],
    ['a text', '["1"]', 'TOKEN_OUT_OF_RANGE'],
  ])('hold token ids: %s is refused', async (_, text, code) => {
    await expect(readTokens(write('ids.json', text))).rejects.toMatchObject({ code });
  });
});
