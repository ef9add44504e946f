// Files and inline JSON that the user hands over, read here so that the engine never needs the command line's working directory.
import { readFile } from 'node:fs/promises';
import { parsePatternText } from '../../patterns/parse_pattern.ts';
import { HeadscopeError } from '../../protocol/errors.ts';
import type { Pattern } from '../../protocol/pattern.ts';
import type { Prompt } from '../../protocol/records.ts';

function reason(error: unknown): { code: 'FILE_NOT_FOUND' | 'FILE_UNREADABLE'; why: string } {
  const system = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (system === 'ENOENT' || system === 'ENOTDIR') return { code: 'FILE_NOT_FOUND', why: 'it does not exist' };
  if (system === 'EISDIR') return { code: 'FILE_UNREADABLE', why: 'it is a folder' };
  if (system === 'EACCES') return { code: 'FILE_UNREADABLE', why: 'permission denied' };
  return { code: 'FILE_UNREADABLE', why: error instanceof Error ? error.message : String(error) };
}

/** UTF-8, strictly: a byte that is not is an error, not a replacement character. A leading byte order mark is dropped. */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, why } = reason(error);
    throw new HeadscopeError(code, `Cannot read ${path}: ${why}.`, { path });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new HeadscopeError('FILE_UNREADABLE', `${path} is not UTF-8 text.`, { path });
  }
}

/** Throws `code` where the text is not JSON. */
export async function readJson(path: string, code: 'INVALID_REQUEST'): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HeadscopeError(code, `${path} is not JSON: ${error instanceof Error ? error.message : String(error)}.`, { path });
  }
}

/** [1, 2, 3] or {"ids": [1, 2, 3]}. Whether the ids are in the vocabulary is the model's word. */
export async function readTokens(path: string): Promise<Prompt> {
  const json = await readJson(path, 'INVALID_REQUEST');
  const ids = typeof json === 'object' && json !== null && 'ids' in json ? json.ids : json;
  if (!Array.isArray(ids)) {
    throw new HeadscopeError('INVALID_REQUEST', `${path} holds no array of token ids ([1, 2, 3] or {"ids": [1, 2, 3]}).`, { path });
  }
  const bad = ids.findIndex((id) => !Number.isSafeInteger(id));
  if (bad >= 0) {
    const shown = JSON.stringify(ids[bad]);
    throw new HeadscopeError('TOKEN_OUT_OF_RANGE', `${path}: token ${bad} is ${shown}; ids are whole numbers.`, { path, place: bad });
  }
  return { ids };
}

/** Inline JSON, or @file. Throws PATTERN_INVALID with the field's name and an example. */
export async function readPattern(given: string): Promise<Pattern> {
  return parsePatternText(given.startsWith('@') ? await readText(given.slice(1)) : given);
}
