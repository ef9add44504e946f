// What the encoding thread answers.
import type { ErrorCode } from '../protocol/errors.ts';

export type WorkerReply = { id: number; ids: Int32Array<ArrayBuffer> } | { id: number; code: ErrorCode; message: string };
