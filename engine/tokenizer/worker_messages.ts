// What the tokenizer's threads are asked and answer.
import { z } from 'zod';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Encoded } from './pipeline.ts';

/** What a thread is started for. */
export const workerTask = z.discriminatedUnion('task', [
  z.object({ task: z.literal('tokenize'), tokenizerJson: z.string() }),
  z.object({ task: z.literal('render') }),
]);
export type WorkerTask = z.infer<typeof workerTask>;

/** Texts to ids, ids to text, or ids to the readable text of each. */
export const tokenizerRequest = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('encode'), id: z.number(), text: z.string(), special: z.boolean() }),
  z.object({ ask: z.literal('decode'), id: z.number(), ids: z.array(z.number()), skipSpecial: z.boolean() }),
  z.object({ ask: z.literal('tokens'), id: z.number(), ids: z.array(z.number()) }),
]);
export type TokenizerRequest = z.infer<typeof tokenizerRequest>;
export const renderRequest = z.object({ id: z.number(), source: z.string(), variables: z.record(z.string(), z.unknown()) });
export type RenderRequest = z.infer<typeof renderRequest>;

/** Encoded for `encode`, a string for `decode`, strings for `tokens`. */
export type TokenizerAnswer = Encoded | string | string[];

interface Failure {
  id: number;
  code: ErrorCode;
  message: string;
}
export type TokenizerReply = { id: number; answer: TokenizerAnswer } | Failure;
export type RenderReply = { id: number; rendered: string } | Failure;
