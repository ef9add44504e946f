// The thread that encodes long text. Built as an entry of its own (tokenizer-worker.mjs) beside the bundle that starts it.
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { HeadscopeError } from '../protocol/errors.ts';
import { Vocabulary } from './vocabulary.ts';
import type { WorkerReply } from './worker_messages.ts';

const start = z.object({ tokenizerJson: z.string() });
const request = z.object({ id: z.number(), text: z.string(), special: z.boolean() });

let vocabulary: Vocabulary | null = null;

function answer(message: unknown): WorkerReply {
  const { id, text, special } = request.parse(message);
  try {
    vocabulary ??= Vocabulary.parse(start.parse(workerData).tokenizerJson);
    return { id, encoded: vocabulary.encode(text, special) };
  } catch (error) {
    const code = error instanceof HeadscopeError ? error.code : 'INTERNAL';
    return { id, code, message: error instanceof Error ? error.message : String(error) };
  }
}

parentPort?.on('message', (message: unknown) => {
  const reply = answer(message);
  parentPort?.postMessage(reply, 'encoded' in reply ? [reply.encoded.ids.buffer, reply.encoded.offsets.buffer] : []);
});
