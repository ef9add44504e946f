// What the tokenizer's threads are asked and answer.
import { z } from 'zod';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Encoded } from './pipeline.ts';

/** What a thread is started for. */
export const workerTask = z.discriminatedUnion('task', [
  z.object({ task: z.literal('encode'), tokenizerJson: z.string() }),
  z.object({ task: z.literal('render') }),
]);
export type WorkerTask = z.infer<typeof workerTask>;

export const encodeRequest = z.object({ id: z.number(), text: z.string(), special: z.boolean() });
export type EncodeRequest = z.infer<typeof encodeRequest>;
export const renderRequest = z.object({ id: z.number(), source: z.string(), variables: z.record(z.string(), z.unknown()) });
export type RenderRequest = z.infer<typeof renderRequest>;

interface Failure {
  id: number;
  code: ErrorCode;
  message: string;
}
export type EncodeReply = { id: number; encoded: Encoded } | Failure;
export type RenderReply = { id: number; rendered: string } | Failure;
