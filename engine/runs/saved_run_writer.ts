// Saves a run as a folder that appears whole or not at all. Layers come one after another, so no more than one is held.
//   run.json                  run_description.ts
//   tokens.safetensors        tokens: I32 [N]
//   layer-inputs.safetensors  layer-00 .. layer-LL: F32 [N, hidden]; the last is the input of the final norm
//   lse.safetensors           layer-00 ..: F32 [heads, N], natural log
//   overviews.safetensors     layer-00.sum, layer-00.max ..: F32 or F16 [heads, 256, 256]
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { syncFolder, temporaryName, unfinishedPaths, writeError, writeFileAtomic } from './atomic_file.ts';
import { checkRunDescription, type RunDescription } from './run_description.ts';
import { SafetensorsWriter } from './safetensors_writer.ts';

export const OVERVIEW_SIDE = 256;
/** What a run's folder may hold. */
export const RUN_FILES: ReadonlySet<string> = new Set([
  'run.json',
  'tokens.safetensors',
  'layer-inputs.safetensors',
  'lse.safetensors',
  'overviews.safetensors',
]);

export function layerName(layer: number): string {
  return `layer-${String(layer).padStart(2, '0')}`;
}

export interface SaveRunOptions {
  /** F16 halves the overviews and keeps three digits. F32 unless told. */
  overviewType?: 'F32' | 'F16';
}

export class SavedRunWriter {
  private readonly target: string;
  private readonly temporary: string;
  private readonly description: RunDescription;
  private readonly writers: { inputs: SafetensorsWriter; lse: SafetensorsWriter | null; overviews: SafetensorsWriter | null };

  private constructor(target: string, temporary: string, description: RunDescription, writers: SavedRunWriter['writers']) {
    this.target = target;
    this.temporary = temporary;
    this.description = description;
    this.writers = writers;
  }

  /** `folder` must be absent, empty, or an older run (which is replaced at commit). Throws FILE_WRITE_FAILED, RUN_INVALID. */
  static async create(
    folder: string,
    description: RunDescription,
    tokens: Int32Array,
    options: SaveRunOptions = {},
  ): Promise<SavedRunWriter> {
    checkRunDescription(description);
    const { n, model, has } = description;
    if (tokens.length !== n) throw new HeadscopeError('RUN_INVALID', `The run says ${n} tokens and gives ${tokens.length}.`);
    const target = resolve(folder);
    checkReplaceable(target);
    const temporary = temporaryName(target);
    const open: SafetensorsWriter[] = [];
    try {
      unfinishedPaths.add(temporary);
      await mkdir(temporary);
      const layers = Array.from({ length: model.layers }, (_, layer) => layerName(layer));
      const create = async (name: string, plan: { name: string; dtype: 'F32' | 'F16' | 'I32'; shape: number[] }[]) => {
        const writer = await SafetensorsWriter.create(join(temporary, name), plan, { format: 'headscope-run' });
        open.push(writer);
        return writer;
      };
      const tokenWriter = await create('tokens.safetensors', [{ name: 'tokens', dtype: 'I32', shape: [n] }]);
      await tokenWriter.write(tokens);
      await tokenWriter.commit();
      const inputs = [...layers, layerName(model.layers)].map((name) => ({ name, dtype: 'F32' as const, shape: [n, model.hiddenSize] }));
      const lse = layers.map((name) => ({ name, dtype: 'F32' as const, shape: [model.heads, n] }));
      const overviewShape = [model.heads, OVERVIEW_SIDE, OVERVIEW_SIDE];
      const dtype = options.overviewType ?? 'F32';
      const overviews = layers.flatMap((name) => ['sum', 'max'].map((kind) => ({ name: `${name}.${kind}`, dtype, shape: overviewShape })));
      return new SavedRunWriter(target, temporary, description, {
        inputs: await create('layer-inputs.safetensors', inputs),
        lse: has.lse ? await create('lse.safetensors', lse) : null,
        overviews: has.overviews ? await create('overviews.safetensors', overviews) : null,
      });
    } catch (error) {
      for (const writer of open) await writer.discard();
      await removeTemporary(temporary);
      throw writeError(error, target);
    }
  }

  /** Of the next layer, 0 to layers: [N, hidden]. */
  writeLayerInput(values: Float32Array): Promise<void> {
    return this.writers.inputs.write(values);
  }

  /** Of the next layer: [heads, N]. */
  async writeLse(values: Float32Array): Promise<void> {
    await this.writers.lse?.write(values);
  }

  /** Of the next layer: [heads, 256, 256] each. */
  async writeOverviews(sum: Float32Array, max: Float32Array): Promise<void> {
    await this.writers.overviews?.write(sum);
    await this.writers.overviews?.write(max);
  }

  /** The folder appears. Throws FILE_WRITE_FAILED; INTERNAL where layers are missing. */
  async commit(): Promise<void> {
    try {
      await this.writers.inputs.commit();
      await this.writers.lse?.commit();
      await this.writers.overviews?.commit();
      await writeFileAtomic(join(this.temporary, 'run.json'), `${JSON.stringify(this.description, null, 1)}\n`);
      await syncFolder(this.temporary);
      checkReplaceable(this.target);
      await this.replace();
      unfinishedPaths.delete(this.temporary);
    } catch (error) {
      await this.discard();
      throw writeError(error, this.target);
    }
  }

  /** A folder cannot be renamed onto a full one: the older run steps aside, and comes back if the new one cannot take its place. */
  private async replace(): Promise<void> {
    const older = existsSync(this.target) ? `${this.temporary}.${randomBytes(2).toString('hex')}.old` : null;
    if (older !== null) await rename(this.target, older);
    try {
      await rename(this.temporary, this.target);
    } catch (error) {
      if (older !== null) await rename(older, this.target);
      throw error;
    }
    await syncFolder(dirname(this.target));
    if (older !== null) await rm(older, { recursive: true, force: true });
  }

  /** Nothing remains. Never throws. */
  async discard(): Promise<void> {
    await this.writers.inputs.discard();
    await this.writers.lse?.discard();
    await this.writers.overviews?.discard();
    await removeTemporary(this.temporary);
  }
}

async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
  unfinishedPaths.delete(path);
}

/** Throws FILE_WRITE_FAILED unless a run can be saved as `folder`: absent in a folder that is there, empty, or an older run. */
export function checkReplaceable(folder: string): void {
  const target = resolve(folder);
  if (!existsSync(target)) {
    if (existsSync(dirname(target))) return;
    throw new HeadscopeError('FILE_WRITE_FAILED', `${printable(target)} cannot be made: ${printable(dirname(target))} is not there.`, {
      path: target,
    });
  }
  const refuse = (why: string): never => {
    throw new HeadscopeError(
      'FILE_WRITE_FAILED',
      `${printable(target)} ${why}; give the name of a new folder, or of a saved run to replace.`,
      { path: target },
    );
  };
  if (!lstatSync(target).isDirectory()) refuse('is not a folder');
  if (readdirSync(target).length > 0 && !isRunFolder(target)) refuse('holds something else than a saved run');
}

/** Only files a run has, and a run.json that says so: anything else in the folder is somebody's, and would be lost. */
function isRunFolder(target: string): boolean {
  if (!readdirSync(target).every((name) => RUN_FILES.has(name))) return false;
  try {
    return readFileSync(join(target, 'run.json'), 'utf8').includes('"headscope-run"');
  } catch {
    return false;
  }
}
