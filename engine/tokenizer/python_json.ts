// json.dumps as transformers gives it to templates (the filter tojson): not Jinja's own, which escapes < and >.
import { Float, floatText, isTrue, Tuple, textOf, typeName, type Value } from './python_values.ts';
import { joinTexts, spend } from './render_allowance.ts';

export interface JsonOptions {
  asciiOnly: boolean;
  /** Spaces a level, or the text of one; null: one line. */
  indent: string | null;
  /** Between items, and between a key and its value. */
  separators: readonly [string, string];
  sortKeys: boolean;
}

/** From the filter's arguments: ensure_ascii, indent, separators, sort_keys. */
export function jsonOptions(args: readonly Value[], named: ReadonlyMap<string, Value>): JsonOptions {
  const [
    asciiOnly = named.get('ensure_ascii') ?? false,
    indent = named.get('indent') ?? null,
    separators = named.get('separators') ?? null,
    sortKeys = named.get('sort_keys') ?? false,
  ] = args;
  const level = typeof indent === 'number' ? ' '.repeat(Math.min(64, Math.max(0, indent))) : typeof indent === 'string' ? indent : null;
  const [items, keys] = separators instanceof Tuple ? separators.items : Array.isArray(separators) ? separators : [];
  const pair =
    typeof items === 'string' && typeof keys === 'string' ? ([items, keys] as const) : ([level === null ? ', ' : ',', ': '] as const);
  return { asciiOnly: isTrue(asciiOnly), indent: level, separators: pair, sortKeys: isTrue(sortKeys) };
}

/** Throws for what JSON has no form for. */
export function jsonText(value: Value, options: JsonOptions, depth = 0): string {
  if (depth > 200) throw new Error('the value is nested too deeply');
  if (value === null) return 'null';
  if (typeof value === 'string') return jsonString(value, options.asciiOnly);
  if (typeof value === 'boolean' || typeof value === 'number') return typeof value === 'number' ? textOf(value) : String(value);
  if (value instanceof Float) return floatText(value.value).replace('inf', 'Infinity').replace('nan', 'NaN');
  const inner = (item: Value) => jsonText(item, options, depth + 1);
  if (Array.isArray(value) || value instanceof Tuple) {
    const items = Array.isArray(value) ? value : value.items;
    return bracketed('[', items.map(inner), ']', options, depth);
  }
  if (value instanceof Map) {
    const entries = [...value].map(([key, item]): [string, Value] => [typeof key === 'string' ? key : inner(key), item]);
    if (options.sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const parts = entries.map(([key, item]) => jsonString(key, options.asciiOnly) + options.separators[1] + inner(item));
    return bracketed('{', parts, '}', options, depth);
  }
  throw new TypeError(`Object of type ${typeName(value)} is not JSON serializable`);
}

function bracketed(open: string, parts: string[], close: string, { indent, separators }: JsonOptions, depth: number): string {
  if (indent === null || parts.length === 0) return open + joinTexts(parts, separators[0]) + close;
  spend(indent.length * (depth + 1) * parts.length);
  const line = `\n${indent.repeat(depth + 1)}`;
  return `${open}${line}${joinTexts(parts, separators[0] + line)}\n${indent.repeat(depth)}${close}`;
}

function jsonString(text: string, asciiOnly: boolean): string {
  const json = JSON.stringify(text);
  return asciiOnly
    ? json.replace(/[\u007f-\uffff]/g, (unit) => (unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`))
    : json;
}
