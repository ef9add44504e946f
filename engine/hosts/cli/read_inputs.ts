// Files and inline JSON that the user hands over, read here so that the engine never needs the command line's working directory.
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isJsonObject, type JsonValue, parseStrictJson, printable } from '../../checkpoint/strict_json.ts';
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

/** More than any prompt or config within the protocol's limits. */
const MAX_INPUT_BYTES = 256 << 20;

/** A pipe that the shell opened for this process (<(command), /dev/stdin) ends with its writer; one that lies in a folder may never. */
const HANDED_OVER = /^\/dev\/(stdin|fd\/\d+)$/;

async function readBytes(path: string): Promise<Uint8Array> {
  const facts = await stat(path);
  if (facts.isDirectory()) throw new Error('it is a folder');
  if (!facts.isFile() && !HANDED_OVER.test(path)) throw new Error('it is not a regular file');
  const tooLarge = () => new Error(`it has more than ${MAX_INPUT_BYTES} bytes`);
  if (facts.size > MAX_INPUT_BYTES) throw tooLarge();
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of createReadStream(path)) {
    parts.push(part);
    total += part.length;
    if (total > MAX_INPUT_BYTES) throw tooLarge();
  }
  return Buffer.concat(parts);
}

/** UTF-8, strictly: a byte that is not is an error, not a replacement character. A leading byte order mark is dropped. */
export async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readBytes(path);
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

/** [1, 2, 3] or {"ids": [1, 2, 3]}. Whether the ids are in the vocabulary is the model's word. */
export async function readTokens(path: string): Promise<Prompt> {
  const json = parseStrictJson(await readText(path), { what: path, code: 'INVALID_REQUEST', maxDepth: 8 });
  const ids = typeof json === 'object' && json !== null && 'ids' in json ? json.ids : json;
  if (!Array.isArray(ids)) {
    throw new HeadscopeError('INVALID_REQUEST', `${path} holds no array of token ids ([1, 2, 3] or {"ids": [1, 2, 3]}).`, { path });
  }
  if (ids.every(isWhole)) return { ids };
  const place = ids.findIndex((id) => !isWhole(id));
  const shown = typeof ids[place] === 'number' ? String(ids[place]) : printable(JSON.stringify(ids[place]) ?? 'absent');
  throw new HeadscopeError('TOKEN_OUT_OF_RANGE', `${path}: token ${place} is ${shown}; ids are whole numbers.`, { path, place });
}

export interface PromptLine {
  prompt: Prompt;
  /** The text that should come; null where it is not known. */
  answer: string | null;
}

/** A JSON object a line: {"text": "..."} or {"ids": [...]}, and "answer" where it is known. Throws INVALID_REQUEST with the line's number. */
export async function readPromptLines(path: string): Promise<PromptLine[]> {
  const lines = (await readText(path)).split('\n').map((line, place) => ({ line, at: `${path}: line ${place + 1}` }));
  const found = lines.filter(({ line }) => line.trim() !== '').map(({ line, at }) => promptLine(line, at));
  if (found.length === 0) throw new HeadscopeError('PROMPT_EMPTY', `${path} holds no prompts; give a JSON object a line.`, { path });
  return found;
}

function promptLine(line: string, at: string): PromptLine {
  const wrong = () =>
    new HeadscopeError('INVALID_REQUEST', `${at} is not {"text": "..."} or {"ids": [...]}, with or without an "answer" in quotes.`);
  const json = parseStrictJson(line, { what: at, code: 'INVALID_REQUEST', maxDepth: 8 });
  if (!isJsonObject(json)) throw wrong();
  const { text = null, ids = null, answer = null } = json;
  if (answer !== null && typeof answer !== 'string') throw wrong();
  if (typeof text === 'string' && ids === null) return { prompt: { text }, answer };
  if (Array.isArray(ids) && text === null && ids.every(isWhole)) return { prompt: { ids }, answer };
  throw wrong();
}

const isWhole = (id: JsonValue): id is number => Number.isSafeInteger(id);

/** Inline JSON, or @file. Throws PATTERN_INVALID with the field's name and an example. */
export async function readPattern(given: string): Promise<Pattern> {
  return parsePatternText(given.startsWith('@') ? await readText(given.slice(1)) : given);
}
