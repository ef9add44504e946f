// The chat templates of a model folder: where they lie, which one counts, and the tokens they may name. Rendering is template_thread.ts.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';

const MAX_BYTES = 16 << 20;
const NAMED_TOKENS = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'] as const;

export interface ChatTemplates {
  /** By name; 'default' where a model has one without a name. */
  readonly templates: ReadonlyMap<string, string>;
  /** bos_token, eos_token, ... as templates may use them. */
  readonly tokens: Readonly<Record<string, string>>;
}

/**
 * chat_template.jinja (and additional_chat_templates/*.jinja) before tokenizer_config.json before chat_template.json, as transformers reads them.
 * Throws TOKENIZER_INVALID for files that are not what they should be; a folder without any has no templates.
 */
export function readChatTemplates(folder: string): ChatTemplates {
  const config = readJson(folder, 'tokenizer_config.json');
  const map = readJson(folder, 'special_tokens_map.json');
  const templates = new Map<string, string>();
  const file = readText(folder, 'chat_template.jinja');
  if (file !== null) templates.set('default', file);
  const more = join(folder, 'additional_chat_templates');
  for (const name of existsSync(more) ? readdirSync(more).sort() : []) {
    const text = name.endsWith('.jinja') ? readText(more, name) : null;
    if (text !== null) templates.set(name.slice(0, -'.jinja'.length), text);
  }
  if (templates.size === 0) addTemplates(config?.chat_template, 'tokenizer_config.json', templates);
  if (templates.size === 0) addTemplates(readJson(folder, 'chat_template.json')?.chat_template, 'chat_template.json', templates);
  const tokens: Record<string, string> = {};
  for (const name of NAMED_TOKENS) {
    const text = tokenText(config?.[name]) ?? tokenText(map?.[name]);
    if (text !== null) tokens[name] = text;
  }
  return { templates, tokens };
}

/** The template for a chat, with tools or without. Throws INVALID_REQUEST where there is none or no telling which. */
export function chooseTemplate({ templates }: ChatTemplates, withTools: boolean, folder: string): string {
  const chosen = (withTools ? templates.get('tool_use') : undefined) ?? templates.get('default');
  if (chosen !== undefined) return chosen;
  if (templates.size === 0) {
    throw new HeadscopeError('INVALID_REQUEST', `The model in ${folder} has no chat template; give the prompt as text.`, { folder });
  }
  const names = [...templates.keys()].map(printable).join(', ');
  throw new HeadscopeError('INVALID_REQUEST', `The model in ${folder} has no default chat template, only: ${names}.`, { folder });
}

function addTemplates(value: JsonValue | undefined, file: string, templates: Map<string, string>): void {
  if (value === undefined || value === null) return;
  if (typeof value === 'string') templates.set('default', value);
  else if (Array.isArray(value)) {
    for (const entry of value) {
      if (!isJsonObject(entry) || typeof entry.name !== 'string' || typeof entry.template !== 'string') {
        throw new HeadscopeError('TOKENIZER_INVALID', `${file}: chat_template has an entry without name and template.`);
      }
      templates.set(entry.name, entry.template);
    }
  } else throw new HeadscopeError('TOKENIZER_INVALID', `${file}: chat_template is neither a text nor a list of named ones.`);
}

function tokenText(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return isJsonObject(value) && typeof value.content === 'string' ? value.content : null;
}

function readText(folder: string, name: string): string | null {
  const path = join(folder, name);
  return existsSync(path) ? readBoundedText(path, MAX_BYTES, 'TOKENIZER_INVALID') : null;
}

function readJson(folder: string, name: string): JsonObject | null {
  const text = readText(folder, name);
  if (text === null) return null;
  const value = parseStrictJson(text, { what: name, code: 'TOKENIZER_INVALID', maxDepth: 128 });
  if (!isJsonObject(value)) throw new HeadscopeError('TOKENIZER_INVALID', `${name} is not a JSON object.`);
  return value;
}
