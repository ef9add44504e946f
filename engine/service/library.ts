// The folders a host offers, by id: '<folder>:<way below it>'. A scan lists what is there; an id is looked up without one.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import { folderName } from '../checkpoint/hub_cache.ts';
import { codedError } from '../protocol/envelope.ts';
import type { Library } from '../protocol/library.ts';
import { parseRunDescription } from '../runs/run_description.ts';
import { inside } from './host_policy.ts';
import { hubModels } from './hub_models.ts';

export interface LibraryOptions {
  /** The program's assets folder, with demo-model/ and prompts/; null: nothing is bundled. */
  assets: string | null;
  /** Folders of models, saved runs, captures and configs. */
  folders: readonly string[];
  /** Lists the Hugging Face cache as well. For hosts whose clients may name any path: its ids are ORG/NAME, not places below a folder. */
  hub?: boolean;
}

const BUNDLED = 'bundled';
const MAX_DEPTH = 4;
const MAX_FOLDERS = 5000;
const MAX_TEXT_BYTES = 1 << 20;
const MAX_RUN_JSON_BYTES = 64 << 20;
const CHARS_A_TOKEN = 4;
const CONFIG_FILE = /(headscope|minference|best_pattern).*\.json$/i;
const CAPTURE_FILE = /^(layer-\d+\.(q\.npy|safetensors)|capture\.safetensors)$/;

interface Root {
  label: string;
  path: string;
}

export class LibraryFolders {
  readonly #assets: string | null;
  readonly #roots: Root[];
  readonly #hub: boolean;

  constructor({ assets, folders, hub = false }: LibraryOptions) {
    this.#hub = hub;
    this.#assets = assets === null ? null : resolve(assets);
    const taken = new Set([BUNDLED]);
    this.#roots = folders.map((folder) => {
      const path = resolve(folder);
      const name = basename(path).replaceAll(':', '-') || 'root';
      let label = name;
      for (let next = 2; taken.has(label); next += 1) label = `${name}-${next}`;
      taken.add(label);
      return { label, path };
    });
  }

  /** Everything that ids reach into. */
  get readPaths(): string[] {
    return [...(this.#assets === null ? [] : [this.#assets]), ...this.#roots.map(({ path }) => path)];
  }

  /** The folder that an id names, whether or not something is there; undefined for what is no id of this library. */
  place(id: string): string | undefined {
    const cut = id.indexOf(':');
    if (cut < 0) return undefined;
    const [label, way] = [id.slice(0, cut), id.slice(cut + 1)];
    const root = label === BUNDLED ? this.#assets : this.#roots.find((candidate) => candidate.label === label)?.path;
    return root ? join(root, ...way.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')) : undefined;
  }

  /** `showPaths`: entries tell where they lie. */
  async list(showPaths: boolean): Promise<Library> {
    const found: Library = { models: [], prompts: [], runs: [], captures: [], configs: [], notes: [] };
    if (this.#assets !== null) await this.#listAssets(this.#assets, found);
    for (const root of this.#roots) await new Scan(root, found).folder(root.path, '', 0);
    if (this.#hub) {
      const { models, notes } = await hubModels();
      found.models.push(...models);
      found.notes.push(...notes);
    }
    if (!showPaths) for (const entries of [found.models, found.prompts, found.runs, found.captures, found.configs]) hidePaths(entries);
    return found;
  }

  async #listAssets(assets: string, found: Library): Promise<void> {
    const model = join(assets, 'demo-model');
    if (await exists(join(model, 'config.json')))
      found.models.push({ id: `${BUNDLED}:demo-model`, name: 'demo-model', path: model, bundled: true });
    const names = await readdir(join(assets, 'prompts')).catch(() => []);
    for (const name of names.filter((file) => file.endsWith('.txt')).sort()) {
      const path = join(assets, 'prompts', name);
      const entry = { id: `${BUNDLED}:prompts/${name}`, name: basename(name, '.txt'), path, bundled: true };
      const { size } = await stat(path);
      const text = size <= MAX_TEXT_BYTES ? readBoundedText(path, MAX_TEXT_BYTES, 'FILE_UNREADABLE') : null;
      found.prompts.push({ ...entry, text, tokensHint: Math.ceil((text?.length ?? size) / CHARS_A_TOKEN) });
    }
  }
}

class Scan {
  readonly #root: Root;
  readonly #found: Library;
  #visited = 0;

  constructor(root: Root, found: Library) {
    this.#root = root;
    this.#found = found;
  }

  async folder(path: string, way: string, depth: number): Promise<void> {
    this.#visited += 1;
    if (this.#visited > MAX_FOLDERS) {
      if (this.#visited === MAX_FOLDERS + 1)
        this.#found.notes.push(`${this.#root.label}: only its first ${MAX_FOLDERS} folders were looked at.`);
      return;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (error) {
      this.#found.notes.push(`${this.#root.label}:${way} cannot be read: ${codedError(error).message}`);
      return;
    }
    const names = entries.map(({ name }) => name).sort();
    const entry = { id: `${this.#root.label}:${way}`, name: folderName(path), path, bundled: false };
    if (names.includes('run.json')) this.#savedRun(entry);
    else if (names.includes('config.json') && names.some((name) => name.includes('.safetensors'))) this.#found.models.push(entry);
    else if (names.some((name) => CAPTURE_FILE.test(name))) this.#found.captures.push(entry);
    else await this.#below(path, way, depth, names);
  }

  async #below(path: string, way: string, depth: number, names: string[]): Promise<void> {
    for (const name of names) {
      if (name.startsWith('.') || name.includes('\\')) continue;
      const below = join(path, name);
      const belowWay = way === '' ? name : `${way}/${name}`;
      const facts = await this.#facts(below);
      if (facts?.isDirectory() && depth < MAX_DEPTH) await this.folder(below, belowWay, depth + 1);
      else if (facts?.isFile() && CONFIG_FILE.test(name)) this.#config(below, belowWay, name);
    }
  }

  /** Of what lies inside the root when links are followed. */
  async #facts(path: string) {
    try {
      if (!inside(await realpath(this.#root.path), await realpath(path))) return undefined;
      return await stat(path);
    } catch {
      return undefined;
    }
  }

  #savedRun(entry: { id: string; name: string; path: string; bundled: boolean }): void {
    try {
      const { model, n, created } = parseRunDescription(readBoundedText(join(entry.path, 'run.json'), MAX_RUN_JSON_BYTES, 'RUN_INVALID'));
      this.#found.runs.push({ ...entry, model: model.name, rows: n, layers: model.layers, heads: model.heads, created });
    } catch (error) {
      this.#found.notes.push(`${entry.id}: ${codedError(error).message}`);
    }
  }

  #config(path: string, way: string, name: string): void {
    try {
      const text = readBoundedText(path, MAX_TEXT_BYTES, 'CONFIG_INVALID');
      this.#found.configs.push({ id: `${this.#root.label}:${way}`, name, path, bundled: false, text });
    } catch (error) {
      this.#found.notes.push(`${this.#root.label}:${way}: ${codedError(error).message}`);
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function hidePaths(entries: { path: string | null }[]): void {
  for (const entry of entries) entry.path = null;
}
