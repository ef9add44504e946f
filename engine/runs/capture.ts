// A capture: q, k and v of a model this engine cannot load, after rotary embeddings, dumped by any framework into a folder.
//   layer-LL.q.npy, layer-LL.k.npy [, layer-LL.v.npy]      or  layer-LL.safetensors with tensors q, k [, v]
//   or  layer-LL.q.safetensors, ... with one tensor each, named q or layer-LL.q
//   or  capture.safetensors with tensors layer-LL.q, layer-LL.k [, layer-LL.v];   any subset of layers, one form a layer
//   capture.json {"scale": number} where scores are not scaled by 1 / sqrt(d)
// q is [H, N, d], k and v [Hkv, N, d] (a leading batch of 1 is fine), float32, float16 or bfloat16.
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { fileError, pathExists, readBoundedText } from '../checkpoint/bounded_file.ts';
import { parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { type CaptureTensor, openNpyTensor, openSafetensorsTensors } from './capture_tensor.ts';

export interface Capture {
  /** Absolute path, and the folder's own name. */
  folder: string;
  name: string;
  /** Layers there are, ascending; the others were not dumped. */
  layers: number[];
  heads: number;
  kvHeads: number;
  headDim: number;
  rows: number;
  /** Scores are scale * q.k */
  scale: number;
  /** Layers that have v; the others have no output error. */
  layersWithValues: number[];
  /** sha256 over names, types, shapes and sizes of the tensors, not over their elements. */
  identity: string;
  notes: string[];
  /** Reads one layer: q [heads, rows, headDim], k and v [kvHeads, rows, headDim]. Throws CAPTURE_INVALID, FILE_UNREADABLE. */
  readLayer(layer: number): { q: Float32Array; k: Float32Array; v: Float32Array | null };
}

type Role = 'q' | 'k' | 'v';
type LayerTensors = Partial<Record<Role, CaptureTensor>>;

const MAX_LAYER = 4095;

function invalid(message: string, data: Record<string, unknown> = {}): HeadscopeError {
  return new HeadscopeError('CAPTURE_INVALID', `Not a usable capture: ${message}`, data);
}

/** Opens a folder; reads headers only. Throws FILE_NOT_FOUND, FILE_UNREADABLE, CAPTURE_INVALID saying which file and why. */
export function openCapture(folder: string): Capture {
  const path = resolve(folder);
  let names: string[];
  try {
    names = readdirSync(path).sort();
  } catch (error) {
    throw fileError(error, path, 'Give the folder with layer-LL.q.npy, layer-LL.k.npy and layer-LL.v.npy.');
  }
  const found = collect(path, names);
  const layers = [...found.keys()].sort((a, b) => a - b);
  const first = found.get(layers[0] ?? -1);
  if (first === undefined) {
    throw invalid(
      `${printable(path)} holds no layer. Write layer-00.q.npy, layer-00.k.npy and layer-00.v.npy (numpy.save), or layer-00.safetensors with tensors q, k and v.`,
    );
  }
  const notes: string[] = [];
  const shapes = layers.map((layer) => checkLayer(layer, found.get(layer) ?? {}));
  const shape = shapes[0] ?? { heads: 0, kvHeads: 0, headDim: 0, rows: 0 };
  shapes.forEach((other, i) => {
    const differing = (['heads', 'kvHeads', 'headDim', 'rows'] as const).find((key) => other[key] !== shape[key]);
    if (differing !== undefined)
      throw invalid(`layer ${layers[i]} has ${differing} ${other[differing]}, layer ${layers[0]} has ${shape[differing]}.`);
  });
  const layersWithValues = layers.filter((layer) => found.get(layer)?.v !== undefined);
  if (layersWithValues.length < layers.length)
    notes.push(`${layers.length - layersWithValues.length} of ${layers.length} layers have no v: no output error there.`);
  if (shape.kvHeads === shape.heads && shape.heads > 1)
    notes.push('k has as many heads as q; if the model shares k among heads (GQA), k was repeated before it was saved.');
  const scale = readScale(path) ?? 1 / Math.sqrt(shape.headDim);
  return {
    folder: path,
    name: basename(path),
    layers,
    ...shape,
    scale,
    layersWithValues,
    identity: identityOf(layers, found, scale),
    notes,
    readLayer(layer) {
      const tensors = found.get(layer);
      if (tensors?.q === undefined || tensors.k === undefined) {
        throw new HeadscopeError('INVALID_REQUEST', `The capture has no layer ${layer}; it has ${layers.join(', ')}.`, { layer, layers });
      }
      const read = (role: Role, tensor: CaptureTensor) => usable(tensor.read(), `${role} of layer ${layer}`);
      return { q: read('q', tensors.q), k: read('k', tensors.k), v: tensors.v === undefined ? null : read('v', tensors.v) };
    },
  };
}

function collect(path: string, names: readonly string[]): Map<number, LayerTensors> {
  const found = new Map<number, LayerTensors>();
  const add = (digits: string, role: Role, tensor: CaptureTensor) => {
    const layer = Number(digits);
    if (layer > MAX_LAYER) throw invalid(`${tensor.where} is of layer ${digits}; layers go up to ${MAX_LAYER}.`);
    const tensors = found.get(layer) ?? {};
    const earlier = tensors[role];
    if (earlier !== undefined) throw invalid(`${role} of layer ${layer} is there twice, in ${earlier.where} and in ${tensor.where}.`);
    found.set(layer, { ...tensors, [role]: tensor });
  };
  for (const name of names) {
    const file = join(path, name);
    const npy = /^layer-(\d{1,6})\.([qkv])\.npy$/.exec(name);
    if (npy) add(npy[1] ?? '', toRole(npy[2]), openNpyTensor(file));
    const ofLayer = /^layer-(\d{1,6})\.safetensors$/.exec(name)?.[1];
    if (ofLayer !== undefined) {
      for (const [tensorName, tensor] of openSafetensorsTensors(file))
        if (/^[qkv]$/.test(tensorName)) add(ofLayer, toRole(tensorName), tensor);
    }
    const [, digits, letter] = /^layer-(\d{1,6})\.([qkv])\.safetensors$/.exec(name) ?? [];
    if (digits !== undefined && letter !== undefined) {
      const tensors = openSafetensorsTensors(file);
      const tensor = tensors.get(letter) ?? tensors.get(`layer-${digits}.${letter}`);
      if (tensor === undefined) throw invalid(`${printable(name)} has no tensor ${letter}.`);
      add(digits, toRole(letter), tensor);
    }
    if (name === 'capture.safetensors') {
      for (const [tensorName, tensor] of openSafetensorsTensors(file)) {
        const match = /^layer-(\d{1,6})\.([qkv])$/.exec(tensorName);
        if (match) add(match[1] ?? '', toRole(match[2]), tensor);
      }
    }
  }
  return found;
}

function toRole(letter: string | undefined): Role {
  return letter === 'q' || letter === 'k' ? letter : 'v';
}

function checkLayer(layer: number, { q, k, v }: LayerTensors): { heads: number; kvHeads: number; headDim: number; rows: number } {
  if (q === undefined || k === undefined) throw invalid(`layer ${layer} has no ${q === undefined ? 'q' : 'k'}; both are needed.`);
  const [heads, rows, headDim] = axes(q, 'H');
  const [kvHeads, keyRows, keyDim] = axes(k, 'Hkv');
  const data = { layer, q: q.shape, k: k.shape, v: v?.shape ?? null };
  const show = (tensor: CaptureTensor) => `[${tensor.shape.join(', ')}]`;
  if (rows !== keyRows || headDim !== keyDim)
    throw invalid(`layer ${layer}: q is ${show(q)} and k is ${show(k)}; N and d of [H, N, d] and [Hkv, N, d] must agree.`, data);
  if (heads % kvHeads !== 0) throw invalid(`layer ${layer}: ${heads} heads of q are not a multiple of the ${kvHeads} of k.`, data);
  if (headDim % 8 !== 0 || headDim > 256)
    throw invalid(`layer ${layer}: the head dimension is ${headDim}; this engine runs multiples of 8 up to 256.`, data);
  if (v !== undefined) {
    const [valueHeads, valueRows, valueDim] = axes(v, 'Hkv');
    if (valueHeads !== kvHeads || valueRows !== rows || valueDim !== headDim)
      throw invalid(`layer ${layer}: v is ${show(v)}, k is ${show(k)}; they must be of one shape.`, data);
  }
  return { heads, kvHeads, headDim, rows };
}

function axes(tensor: CaptureTensor, heads: string): [number, number, number] {
  const shape = tensor.shape.length === 4 && tensor.shape[0] === 1 ? tensor.shape.slice(1) : tensor.shape;
  const [h, n, d] = shape;
  if (shape.length !== 3 || !h || !n || !d)
    throw invalid(`${tensor.where} has the shape [${printable(tensor.shape.join(', '))}]; [${heads}, N, d] is expected.`, {
      shape: tensor.shape,
    });
  if (h > 1 << 14 || n > 1 << 24) throw invalid(`${tensor.where} has the shape [${shape.join(', ')}], which is too large.`);
  return [h, n, d];
}

const captureJson = z.looseObject({ scale: z.number().optional() });

function readScale(path: string): number | null {
  const file = join(path, 'capture.json');
  if (!pathExists(file)) return null;
  const text = readBoundedText(file, 1 << 20, 'CAPTURE_INVALID');
  const parsed = captureJson.safeParse(parseStrictJson(text, { what: 'capture.json', code: 'CAPTURE_INVALID' }));
  if (!parsed.success) throw invalid('capture.json must be an object; "scale" in it a number.');
  const { scale } = parsed.data;
  if (scale === undefined) return null;
  if (!Number.isFinite(scale) || Math.fround(scale) <= 0 || scale > 1e6)
    throw invalid(`capture.json gives the scale ${scale}; it must be above 0.`);
  return scale;
}

function identityOf(layers: readonly number[], found: ReadonlyMap<number, LayerTensors>, scale: number): string {
  const hash = createHash('sha256').update(`headscope capture identity 1\n${scale}`);
  for (const layer of layers) {
    for (const role of ['q', 'k', 'v'] as const) {
      const tensor = found.get(layer)?.[role];
      if (tensor !== undefined) hash.update(`\n${layer} ${role} ${tensor.dtype} ${tensor.shape.join(',')}`);
    }
  }
  return `capture-sha256:${hash.digest('hex')}`;
}

/** Dot products of larger values overflow float32; kLargestUsable of the native engine. */
const LARGEST_USABLE = 1e18;

/** A NaN would spread silently through every figure of its head. */
function usable(values: Float32Array, what: string): Float32Array {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!(Math.abs(value) <= LARGEST_USABLE))
      throw invalid(`${what} holds ${value} at element ${i}; finite values up to ${LARGEST_USABLE} can be scored.`);
  }
  return values;
}
