// The token texts of the window, and which tokenizer belongs to the run on screen.
import { connectionStore } from '../state/connection.ts';
import { type KnownRun, libraryStore } from '../state/library.ts';
import { type TokenOrigin, TokenTexts } from './token_texts.ts';

let shared: TokenTexts | undefined;

export function promptTokens(): TokenTexts {
  if (shared) return shared;
  const made = new TokenTexts();
  made.setClient(connectionStore.getState().client);
  connectionStore.subscribe((state, before) => {
    if (state.client !== before.client) made.setClient(state.client);
  });
  shared = made;
  return made;
}

/** The model the run was made with; for a run of unknown origin the library's model of the same name. */
export function tokenOrigin({ info, source }: KnownRun): TokenOrigin {
  const named = source && source.method !== 'run.capture' ? (source.params.model ?? null) : null;
  const listed = libraryStore.getState().models.find((model) => model.name === info.model.name);
  return { runId: info.runId, tokens: info.rows, model: named ?? listed?.id ?? null };
}
