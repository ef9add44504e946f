import { describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { fakeClient } from '../state/fake_client.fixture.ts';
import { findInPrompt, promptText, promptTextOf } from './token_search.ts';

describe('text in the prompt', () => {
  const prompt = promptText(['The', ' con', 'fig', ' of', ' THE', ' config', '.']);

  it('is found across token borders, whatever its case, with the tokens it lies in', () => {
    const { matches, total } = findInPrompt(prompt, 'Config', 10);
    expect(total).toBe(2);
    expect(matches.map(({ token, last, match }) => [token, last, match])).toEqual([
      [1, 2, 'config'],
      [5, 5, 'config'],
    ]);
    expect(matches[0]).toMatchObject({ before: 'The ', after: ' of THE config.' });
    expect(findInPrompt(prompt, 'the', 1)).toMatchObject({ matches: [{ token: 0, last: 0 }], total: 2 });
  });

  it('keeps its offsets where a capital letter has a longer small one, and passes empty tokens over', () => {
    const odd = promptText(['İ', '', 'x', 'needle']);
    expect(findInPrompt(odd, 'NEEDLE', 5).matches[0]).toMatchObject({ token: 3, before: 'İx' });
    expect(findInPrompt(odd, 'x', 5).matches[0]).toMatchObject({ token: 2, last: 2 });
    expect(findInPrompt(odd, '', 5)).toEqual({ matches: [], total: 0 });
  });

  it('is asked once a run, in parts, and again after a failure', async () => {
    let down = true;
    const { client, calls } = fakeClient({
      'run.tokens': async ({ begin = 0, end = 0 }) => {
        if (down) throw new HeadscopeError('RUN_NOT_FOUND', 'gone');
        return { ids: Array.from({ length: end - begin }, (_, index) => begin + index) };
      },
      'tokenizer.decode': async ({ ids }) => ({ texts: ids.map((id) => (id === 70_000 ? 'needle' : 'a')) }),
    });
    const origin = { runId: 'run', tokens: 80_000, model: 'model' };
    await expect(promptTextOf(client, origin)).rejects.toThrow('gone');
    down = false;
    const text = await promptTextOf(client, origin);
    expect(await promptTextOf(client, origin)).toBe(text);
    expect(findInPrompt(text, 'needle', 5).matches[0]).toMatchObject({ token: 70_000, last: 70_000 });
    expect(calls.filter(({ method }) => method === 'run.tokens')).toHaveLength(3);
    await expect(promptTextOf(client, { ...origin, model: null })).rejects.toThrow(/tokenizer/);
  });
});
