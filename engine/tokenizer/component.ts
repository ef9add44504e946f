// Reading the parts of tokenizer.json (normalizer, pre-tokenizer, post-processor, decoder): each is an object with a type and its options.
import { toUSVString } from 'node:util';
import { isJsonObject, type JsonObject, type JsonValue, printable } from '../checkpoint/strict_json.ts';
import { invalid } from './invalid.ts';
import { compileLiteral, compileOniguruma } from './oniguruma.ts';

/** Sequences may nest, but not without end. */
const MAX_PARTS = 1000;

export class Component {
  readonly type: string;
  private readonly fields: JsonObject;
  private readonly room: string;

  constructor(value: JsonValue | undefined, room: string) {
    if (!isJsonObject(value)) throw invalid(`its ${room} is not an object`);
    if (typeof value.type !== 'string') throw invalid(`its ${room} has no type`);
    this.type = value.type;
    this.fields = value;
    this.room = room;
  }

  unknown(): Error {
    return invalid(`the ${this.room} '${printable(this.type)}' is not known`);
  }

  wrong(field: string, what: string): Error {
    return invalid(`the ${this.room} ${printable(this.type)} needs ${what} as "${field}"`);
  }

  has(field: string): boolean {
    return this.fields[field] !== undefined && this.fields[field] !== null;
  }

  text(field: string, otherwise?: string): string {
    const value = this.fields[field];
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value !== 'string') throw this.wrong(field, 'a text');
    return toUSVString(value);
  }

  character(field: string): string {
    const value = this.text(field);
    if (Array.from(value).length !== 1) throw this.wrong(field, 'one character');
    return value;
  }

  flag(field: string, otherwise?: boolean): boolean {
    const value = this.fields[field];
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value !== 'boolean') throw this.wrong(field, 'true or false');
    return value;
  }

  optionalFlag(field: string): boolean | null {
    return this.has(field) ? this.flag(field) : null;
  }

  count(field: string, otherwise?: number): number {
    const value = this.fields[field];
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw this.wrong(field, 'a whole number');
    return value;
  }

  oneOf<const C extends readonly string[]>(field: string, choices: C, otherwise?: C[number]): C[number] {
    const value = this.fields[field];
    if (value === undefined && otherwise !== undefined) return otherwise;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.wrong(field, `one of ${choices.join(', ')}`);
    return found;
  }

  /** {"String": ...} or {"Regex": ...}. */
  pattern(field: string): RegExp {
    const value = this.fields[field];
    if (isJsonObject(value) && typeof value.String === 'string') return compileLiteral(toUSVString(value.String));
    if (isJsonObject(value) && typeof value.Regex === 'string') return compileOniguruma(toUSVString(value.Regex));
    throw this.wrong(field, 'a pattern');
  }

  list(field: string): JsonValue[] {
    const value = this.fields[field];
    if (!Array.isArray(value)) throw this.wrong(field, 'a list');
    if (value.length > MAX_PARTS) throw invalid(`the ${this.room} ${printable(this.type)} has ${value.length} parts; at most ${MAX_PARTS}`);
    return value;
  }

  object(field: string): JsonObject {
    const value = this.fields[field];
    if (!isJsonObject(value)) throw this.wrong(field, 'an object');
    return value;
  }

  /** ["token", id], as BertProcessing and RobertaProcessing write it. */
  tokenAndId(field: string): { text: string; id: number } {
    const value = this.fields[field];
    const [text, id] = Array.isArray(value) ? value : [];
    if (typeof text !== 'string' || !isTokenId(id)) throw this.wrong(field, 'a token and its id');
    return { text, id };
  }
}

/** Ids index tables here: a far one would be a table of gigabytes. */
export function isTokenId(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 24;
}
