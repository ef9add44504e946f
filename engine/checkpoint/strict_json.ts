// JSON for files whose contradictions matter: a key given twice is an error (JSON.parse keeps the last), as is deep nesting.
import { type ErrorCode, HeadscopeError } from '../protocol/errors.ts';

export interface StrictJsonOptions {
  /** What the text is, for messages: 'config.json', 'the header of model.safetensors'. */
  what: string;
  code: ErrorCode;
  /** Arrays and objects inside one another; 64 unless told. */
  maxDepth?: number;
}

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses `text`; throws `code` for text that is not JSON (bare NaN and Infinity are not), duplicate keys, or too deep nesting. */
export function parseStrictJson(text: string, { what, code, maxDepth = 64 }: StrictJsonOptions): JsonValue {
  const trouble = findTrouble(text, maxDepth);
  if (trouble !== null) throw new HeadscopeError(code, `${what} ${trouble}.`);
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    const constant = bareConstant(text);
    const reason =
      constant === null
        ? error instanceof Error
          ? error.message
          : 'unknown reason'
        : `it holds a bare ${constant}, which no number of a model may be`;
    throw new HeadscopeError(code, `${what} is not valid JSON: ${printable(reason)}.`);
  }
}

/** Walks strings and brackets only: JSON.parse judges the rest afterwards, so this may be lax but must not miss a key of valid JSON. */
function findTrouble(text: string, maxDepth: number): string | null {
  const open: (Set<string> | null)[] = []; // an object's keys so far, or null for an array
  let at = 0;
  while (at < text.length) {
    const char = text.charCodeAt(at);
    if (char === 0x22) {
      const end = endOfString(text, at);
      if (end < 0) return null;
      const keys = open[open.length - 1];
      if (keys && nextSolid(text, end) === ':') {
        const key = decodeKey(text.slice(at, end));
        if (keys.has(key)) return `gives the key ${printable(JSON.stringify(key))} twice`;
        keys.add(key);
      }
      at = end;
      continue;
    }
    if (char === 0x7b || char === 0x5b) {
      if (open.length >= maxDepth) return `is nested more than ${maxDepth} levels deep`;
      open.push(char === 0x7b ? new Set() : null);
    } else if (char === 0x7d || char === 0x5d) open.pop();
    at++;
  }
  return null;
}

/** The index after the closing quote of the string that opens at `start`; -1 if it never closes. */
function endOfString(text: string, start: number): number {
  // Most strings of the large files here are short tokens: looking at each character is faster than a search from outside.
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 0x22) return at + 1;
    if (char === 0x5c) at++;
  }
  return -1;
}

function nextSolid(text: string, from: number): string | undefined {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at++;
  return text[at];
}

function decodeKey(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal; // not JSON; JSON.parse of the whole text will say so
  }
}

function bareConstant(text: string): string | null {
  const outsideStrings = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return /(?<![\w"])(-?Infinity|NaN)(?![\w"])/.exec(outsideStrings)?.[1] ?? null;
}

/** At most 160 characters on one line: hostile files end up in messages. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
