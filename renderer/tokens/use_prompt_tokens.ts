// For components that show token texts: they are drawn again as texts arrive.
import { useSyncExternalStore } from 'react';
import { promptTokens } from './prompt_tokens.ts';
import type { TokenTexts } from './token_texts.ts';

const subscribe = (listener: () => void) => promptTokens().subscribe(listener);
const version = () => promptTokens().version;

export function usePromptTokens(): TokenTexts {
  useSyncExternalStore(subscribe, version);
  return promptTokens();
}
