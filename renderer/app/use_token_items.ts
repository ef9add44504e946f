// The palette's answers to '"text': places of the prompt, which the engine may have to be asked for first.
import { useEffect, useState } from 'react';
import { jumpTo } from '../map/map_actions.ts';
import { connectionStore } from '../state/connection.ts';
import { showArea } from '../state/focus.ts';
import { currentRun } from '../state/library.ts';
import { tokenOrigin } from '../tokens/prompt_tokens.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { wholeNumber } from '../ui/numbers.ts';
import type { PaletteItem } from './palette_items.ts';
import { findInPrompt, promptTextOf, type TokenMatch } from './token_search.ts';

const MOST_PLACES = 50;
const NOTE = { group: 'Tokens' as const, note: '', meta: '', keys: undefined, glyph: null, run: () => {} };
const sentence = (title: string): PaletteItem[] => [{ ...NOTE, id: 'tokens', title, disabledBecause: title }];

function placeItem({ token, last, before, match, after }: TokenMatch, rows: number): PaletteItem {
  const where = token === last ? wholeNumber(token) : `${wholeNumber(token)} to ${wholeNumber(last)}`;
  const go = (q: number, k: number) => () => {
    showArea('map');
    jumpTo(q, k);
  };
  return {
    id: `token ${token} ${last}`,
    group: 'Tokens',
    title: visibleToken(`${before}${match}${after}`),
    note: '',
    meta: where,
    keys: undefined,
    glyph: null,
    disabledBecause: undefined,
    run: go(token, token),
    runAlt: go(rows - 1, token),
  };
}

/** Null: the query is no search of tokens. */
export function useTokenItems(query: string): PaletteItem[] | null {
  const [items, setItems] = useState<PaletteItem[] | null>(null);
  useEffect(() => {
    if (!query.startsWith('"')) {
      setItems(null);
      return;
    }
    const wanted = query.slice(1).replace(/"$/, '');
    const run = currentRun();
    const { client } = connectionStore.getState();
    if (!run) return setItems(sentence('Needs a run.'));
    if (wanted.trim() === '') return setItems(sentence('Write a part of the prompt.'));
    if (!client || !run.live) return setItems(sentence('The engine does not hold this run now.'));
    let over = false;
    promptTextOf(client, tokenOrigin(run)).then(
      (prompt) => {
        if (over) return;
        const { matches, total } = findInPrompt(prompt, wanted, MOST_PLACES);
        const found = matches.map((match) => placeItem(match, run.info.rows));
        const more = total > matches.length ? sentence(`${wholeNumber(total - matches.length)} more places`) : [];
        setItems(total === 0 ? sentence('The prompt does not hold this text.') : [...found, ...more]);
      },
      (thrown: unknown) => {
        if (!over) setItems(sentence(thrown instanceof Error ? thrown.message : String(thrown)));
      },
    );
    return () => {
      over = true;
    };
  }, [query]);
  return items;
}
