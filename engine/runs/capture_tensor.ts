// One tensor of a capture, wherever it lies: a .npy file of its own or a place in a safetensors file.
import { basename } from 'node:path';
import { readSafetensorsHeader } from '../checkpoint/safetensors.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { readNpyFloats, readNpyHeader } from './npy.ts';
import { isFloatDtype, readFloatTensor } from './tensor_reader.ts';

export interface CaptureTensor {
  /** For messages. */
  where: string;
  dtype: string;
  shape: number[];
  /** The elements as float32, C order. */
  read(): Float32Array;
}

function checkType(tensor: CaptureTensor, isFloat: boolean): CaptureTensor {
  if (isFloat) return tensor;
  throw new HeadscopeError(
    'CAPTURE_INVALID',
    `Not a usable capture: ${tensor.where} is of type ${tensor.dtype}; float32, float16 or bfloat16 is expected.`,
    {
      dtype: tensor.dtype,
    },
  );
}

export function openNpyTensor(path: string): CaptureTensor {
  const header = readNpyHeader(path, 'CAPTURE_INVALID');
  const tensor = {
    where: printable(basename(path)),
    dtype: header.type,
    shape: header.shape,
    read: () => readNpyFloats(header, 'CAPTURE_INVALID'),
  };
  return checkType(tensor, header.type === 'f4' || header.type === 'f2');
}

/** The tensors by name. Types are checked when one is read or placed, so that unrelated tensors may be of any type. */
export function openSafetensorsTensors(path: string): Map<string, CaptureTensor> {
  const tensors = new Map<string, CaptureTensor>();
  for (const entry of readSafetensorsHeader(path, 'CAPTURE_INVALID').tensors.values()) {
    if (!/(^|\.)[qkv]$/.test(entry.name)) continue;
    const where = `${printable(basename(path))}: ${printable(entry.name)}`;
    const tensor = { where, dtype: entry.dtype, shape: entry.shape, read: () => readFloatTensor(path, entry, 'CAPTURE_INVALID') };
    tensors.set(entry.name, checkType(tensor, isFloatDtype(entry.dtype)));
  }
  return tensors;
}
