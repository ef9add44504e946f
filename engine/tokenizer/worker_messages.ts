// What the tokenizer's thread is asked and answers.
import type { ErrorCode } from '../protocol/errors.ts';
import type { Encoded } from './pipeline.ts';

export interface EncodeRequest {
  id: number;
  text: string;
  special: boolean;
}

export type WorkerReply = { id: number; encoded: Encoded } | { id: number; code: ErrorCode; message: string };
