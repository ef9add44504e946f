// Writes a safetensors file tensor by tensor, in pieces: the header is known before the data, so nothing is held.
import { HeadscopeError } from '../protocol/errors.ts';
import { AtomicFile } from './atomic_file.ts';
import { narrowToHalves } from './half.ts';

export interface PlannedTensor {
  name: string;
  dtype: 'F32' | 'F16' | 'I32';
  shape: number[];
}

const BYTES = { F32: 4, F16: 2, I32: 4 } as const;

export class SafetensorsWriter {
  private readonly file: AtomicFile;
  private readonly plan: readonly PlannedTensor[];
  private current = 0;
  private writtenOfCurrent = 0;

  private constructor(file: AtomicFile, plan: readonly PlannedTensor[]) {
    this.file = file;
    this.plan = plan;
  }

  /** `plan` lists the tensors in the order in which their data will come. Throws FILE_WRITE_FAILED. */
  static async create(path: string, plan: readonly PlannedTensor[], metadata: Record<string, string> = {}): Promise<SafetensorsWriter> {
    const header: Record<string, unknown> = { __metadata__: metadata };
    let at = 0;
    for (const { name, dtype, shape } of plan) {
      const end = at + BYTES[dtype] * elements(shape);
      if (Object.hasOwn(header, name)) throw new HeadscopeError('INTERNAL', `${path}: two tensors are called ${name}.`);
      header[name] = { dtype, shape, data_offsets: [at, end] };
      at = end;
    }
    const text = new TextEncoder().encode(JSON.stringify(header));
    const front = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20); // the data then begins aligned
    new DataView(front.buffer).setBigUint64(0, BigInt(front.length - 8), true);
    front.set(text, 8);
    const file = await AtomicFile.create(path);
    try {
      await file.write(front);
    } catch (error) {
      await file.discard();
      throw error;
    }
    return new SafetensorsWriter(file, plan);
  }

  /** The next elements; a piece lies within one tensor. Float32 is rounded where the plan says F16. */
  async write(data: Float32Array | Int32Array): Promise<void> {
    while (this.current < this.plan.length && this.remaining() === 0) this.advance();
    const tensor = this.plan[this.current];
    if (tensor === undefined || data.length > this.remaining())
      throw new HeadscopeError('INTERNAL', `${this.file.path} was given more elements than planned.`);
    if (data instanceof Int32Array !== (tensor.dtype === 'I32'))
      throw new HeadscopeError('INTERNAL', `Tensor ${tensor.name} is ${tensor.dtype}.`);
    this.writtenOfCurrent += data.length;
    if (tensor.dtype === 'F16' && data instanceof Float32Array) {
      const step = 1 << 20;
      for (let at = 0; at < data.length; at += step)
        await this.file.write(new Uint8Array(narrowToHalves(data.subarray(at, at + step)).buffer));
    } else await this.file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  private remaining(): number {
    const tensor = this.plan[this.current];
    return tensor === undefined ? 0 : elements(tensor.shape) - this.writtenOfCurrent;
  }

  private advance(): void {
    this.current++;
    this.writtenOfCurrent = 0;
  }

  /** The file appears, if every planned element came. */
  async commit(): Promise<void> {
    while (this.current < this.plan.length && this.remaining() === 0) this.advance();
    const missing = this.plan[this.current];
    if (missing !== undefined) {
      await this.file.discard();
      throw new HeadscopeError('INTERNAL', `${this.file.path}: tensor ${missing.name} is not complete.`);
    }
    await this.file.commit();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
