// What a repository of the hub holds at a revision, by the hub's own client, and which of its files a model folder needs.
import { HubApiError, listFiles, modelInfo } from '@huggingface/hub';
import { z } from 'zod';
import { HeadscopeError } from '../protocol/errors.ts';
import { type HubConnection, refusal } from './hub_connection.ts';
import { printable } from './strict_json.ts';

export interface HubFile {
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-256 of a large file's bytes; SHA-1 of a small one's as git counts it (with "blob SIZE\0" before). Names the blob in the cache. */
  hash: { kind: 'sha256' | 'git'; hex: string };
}

export interface Listing {
  commit: string;
  files: HubFile[];
}

const MAX_ENTRIES = 100_000;
const entrySchema = z.object({
  type: z.string(),
  path: z.string(),
  size: z.int().nonnegative(),
  oid: z.string().regex(/^[0-9a-f]{40}$/),
  lfs: z.object({ oid: z.string().regex(/^[0-9a-f]{64}$/), size: z.int().nonnegative() }).nullish(),
});

/** Rejects with FETCH_FAILED (no such repository or revision, no access, no hub), CANCELLED. */
export async function listRepository(connection: HubConnection, repository: string, revision: string, hasToken: boolean): Promise<Listing> {
  const common = { hubUrl: connection.endpoint, fetch: connection.fetch };
  try {
    const { sha } = await modelInfo({ ...common, name: repository, revision, additionalFields: ['sha'] });
    if (typeof sha !== 'string' || !/^[0-9a-f]{40}$/.test(sha)) throw unexpected(repository, 'no commit');
    const files: HubFile[] = [];
    for await (const listed of listFiles({ ...common, repo: repository, recursive: true, revision: sha })) {
      if (listed.type !== 'file') continue;
      const { success, data } = entrySchema.safeParse(listed);
      if (!success) throw unexpected(repository, `an entry that is no file: ${JSON.stringify(listed)}`);
      if (!isSafePath(data.path)) continue;
      if (files.length >= MAX_ENTRIES) throw unexpected(repository, `more than ${MAX_ENTRIES} files`);
      const { path, size, oid, lfs } = data;
      files.push(lfs ? { path, size: lfs.size, hash: { kind: 'sha256', hex: lfs.oid } } : { path, size, hash: { kind: 'git', hex: oid } });
    }
    return { commit: sha, files };
  } catch (error) {
    if (error instanceof HubApiError) throw refusal(error.statusCode, repository, revision, hasToken);
    if (error instanceof HeadscopeError) throw error;
    throw unexpected(repository, error instanceof Error ? error.message : String(error));
  }
}

export const INDEX = 'model.safetensors.index.json';
const SINGLE = 'model.safetensors';
const SMALL_FILES = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
]);

/** Configuration, tokenizer and templates: everything a model folder needs but weights. */
export function smallFiles(files: readonly HubFile[]): HubFile[] {
  return files.filter(({ path }) => SMALL_FILES.has(path) || /^additional_chat_templates\/[^/]+\.jinja$/.test(path));
}

/** The weights' index, where the weights are in parts. A single file counts before it, as when the folder is opened. */
export function weightIndex(files: readonly HubFile[]): HubFile | null {
  if (files.some(({ path }) => path === SINGLE)) return null;
  return files.find(({ path }) => path === INDEX) ?? null;
}

/** The safetensors files: the single one, or those the index names. Throws UNSUPPORTED_WEIGHTS where there are none, CHECKPOINT_INVALID. */
export function weightFiles(repository: string, files: readonly HubFile[], index: string | null): HubFile[] {
  const single = files.find(({ path }) => path === SINGLE);
  if (single !== undefined) return [single];
  if (index === null) {
    const other = files.find(({ path }) => /\.(bin|pt|pth|ckpt|gguf|h5|msgpack|onnx|safetensors)$/.test(path))?.path;
    throw new HeadscopeError(
      'UNSUPPORTED_WEIGHTS',
      `${repository} has neither ${SINGLE} nor ${INDEX}${other === undefined ? '' : `, only weights like ${printable(other)}`}. Only safetensors are fetched.`,
      { repository },
    );
  }
  return shardsOf(index).map((name) => {
    const found = files.find(({ path }) => path === name);
    if (found === undefined)
      throw new HeadscopeError('CHECKPOINT_INVALID', `${repository}: ${INDEX} names ${printable(name)}, which is not there.`);
    return found;
  });
}

function shardsOf(index: string): string[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(index);
  } catch {
    parsed = null;
  }
  const { success, data } = z.object({ weight_map: z.record(z.string(), z.string()) }).safeParse(parsed);
  if (!success) throw new HeadscopeError('CHECKPOINT_INVALID', `${INDEX} has no weight_map.`);
  const names = [...new Set(Object.values(data.weight_map))].sort();
  const strange = names.find((name) => !name.endsWith('.safetensors'));
  if (strange !== undefined)
    throw new HeadscopeError('UNSUPPORTED_WEIGHTS', `${INDEX} names ${printable(strange)}, which is not safetensors.`);
  return names;
}

/** A path becomes a file below the cache: only plain names, joined by single slashes. */
function isSafePath(path: string): boolean {
  return path.length <= 1000 && !/[\\:\p{Cc}]/u.test(path) && path.split('/').every((name) => name !== '' && name !== '.' && name !== '..');
}

function unexpected(repository: string, what: string): HeadscopeError {
  return new HeadscopeError('FETCH_FAILED', `The hub's answer about ${repository} is not understood: ${printable(what)}.`, { repository });
}
