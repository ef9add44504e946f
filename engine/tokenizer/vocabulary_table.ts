// The tokens of a model: {"token": id, ...}, checked.
import { isJsonObject, type JsonObject, type JsonValue, printable } from '../checkpoint/strict_json.ts';
import { isTokenId } from './component.ts';
import { invalid } from './invalid.ts';

export interface VocabularyTable {
  ids: ReadonlyMap<string, number>;
  tokens: readonly (string | undefined)[];
}

/** Throws TOKENIZER_INVALID. Of two tokens with one id, decoding takes the later. */
export function readVocabularyTable(model: JsonObject): VocabularyTable {
  const { vocab } = model;
  if (!isJsonObject(vocab)) throw invalid('the model has no vocab');
  const ids = new Map<string, number>();
  let end = 0;
  for (const token in vocab) {
    const id = vocab[token];
    if (!isTokenId(id)) throw invalid(`the token "${printable(token)}" has no valid id`);
    ids.set(token, id);
    if (id >= end) end = id + 1;
  }
  // At its full size from the start: filled out of order, a growing array becomes a slow table.
  const tokens = new Array<string | undefined>(end).fill(undefined);
  for (const [token, id] of ids) tokens[id] = token;
  return { ids, tokens };
}

export function optionalText(model: JsonObject, field: string): string | null {
  const value: JsonValue | undefined = model[field];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw invalid(`the model's ${field} is not a text`);
  return value;
}

export function optionalFlag(model: JsonObject, field: string): boolean {
  const value = model[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw invalid(`the model's ${field} is not true or false`);
  return value;
}
