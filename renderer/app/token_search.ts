// Text looked for in the prompt of the run on screen, across token borders, without regard to case.
import type { Client } from '../../engine/protocol/client.ts';
import type { TokenOrigin } from '../tokens/token_texts.ts';

/** Tokens a request. */
const CHUNK = 65_536;
/** Characters of context on either side. */
const AROUND = 28;

export interface PromptText {
  text: string;
  /** [tokens + 1]: where each token begins in `text`; the last is the text's length. */
  starts: Uint32Array;
}

export interface TokenMatch {
  /** The token the match begins in, and the one it ends in. */
  token: number;
  last: number;
  before: string;
  match: string;
  after: string;
}

export function promptText(texts: readonly string[]): PromptText {
  const starts = new Uint32Array(texts.length + 1);
  let length = 0;
  texts.forEach((text, index) => {
    starts[index] = length;
    length += text.length;
  });
  starts[texts.length] = length;
  return { text: texts.join(''), starts };
}

/** The token that holds the character at `offset`. */
function tokenAt(starts: Uint32Array, offset: number): number {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first `most` places in order, and how many there are in all. Matches do not overlap. */
export function findInPrompt({ text, starts }: PromptText, wanted: string, most: number): { matches: TokenMatch[]; total: number } {
  const matches: TokenMatch[] = [];
  if (wanted === '') return { matches, total: 0 };
  // One character each way: lower-casing by locale rules may change a text's length, and with it every offset.
  const fold = (value: string) =>
    value.replace(/\p{Lu}/gu, (letter) => (letter.toLowerCase().length === letter.length ? letter.toLowerCase() : letter));
  const [hay, needle] = [fold(text), fold(wanted)];
  let total = 0;
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) {
    total += 1;
    if (matches.length >= most) continue;
    const end = at + needle.length;
    matches.push({
      token: tokenAt(starts, at),
      last: tokenAt(starts, end - 1),
      before: text.slice(Math.max(0, at - AROUND), at),
      match: text.slice(at, end),
      after: text.slice(end, end + AROUND),
    });
  }
  return { matches, total };
}

let kept: { key: string; prompt: Promise<PromptText> } | null = null;

/** The prompt's text, asked once a run. Rejects where the run has no tokens, or their tokenizer is not there. */
export function promptTextOf(client: Client, origin: TokenOrigin): Promise<PromptText> {
  const key = `${origin.runId} ${origin.model ?? ''}`;
  if (kept?.key === key) return kept.prompt;
  const prompt = fetchText(client, origin);
  kept = { key, prompt };
  prompt.catch(() => {
    if (kept?.prompt === prompt) kept = null;
  });
  return prompt;
}

async function fetchText(client: Client, { runId, tokens, model }: TokenOrigin): Promise<PromptText> {
  const texts: string[] = [];
  for (let begin = 0; begin < tokens; begin += CHUNK) {
    const { ids } = await client.call('run.tokens', { runId, begin, end: Math.min(tokens, begin + CHUNK) });
    if (ids.length === 0) throw new Error('This run has no token ids: it is a capture.');
    if (model === null) throw new Error('The tokenizer of this run’s model is not known here.');
    texts.push(...(await client.call('tokenizer.decode', { model, ids })).texts);
  }
  return promptText(texts);
}
