// The threads that encode long text and render chat templates. Built as an entry of its own (tokenizer-worker.mjs) beside the bundle that
// starts it.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { HeadscopeError } from '../protocol/errors.ts';
import { renderTemplate } from './template_render.ts';
import { Vocabulary } from './vocabulary.ts';
import { type EncodeReply, encodeRequest, type RenderReply, renderRequest, workerTask } from './worker_messages.ts';

function failure(id: number, error: unknown) {
  const code = error instanceof HeadscopeError ? error.code : 'INTERNAL';
  return { id, code, message: error instanceof Error ? error.message : String(error) };
}

function encodeFor(port: MessagePort, tokenizerJson: string): void {
  let vocabulary: Vocabulary | null = null;
  port.on('message', (message: unknown) => {
    const { id, text, special } = encodeRequest.parse(message);
    let reply: EncodeReply;
    try {
      vocabulary ??= Vocabulary.parse(tokenizerJson);
      reply = { id, encoded: vocabulary.encode(text, special) };
    } catch (error) {
      reply = failure(id, error);
    }
    port.postMessage(reply, 'encoded' in reply ? [reply.encoded.ids.buffer, reply.encoded.offsets.buffer] : []);
  });
}

function renderFor(port: MessagePort): void {
  port.on('message', (message: unknown) => {
    const { id, source, variables } = renderRequest.parse(message);
    let reply: RenderReply;
    try {
      reply = { id, rendered: renderTemplate(source, variables) };
    } catch (error) {
      reply = failure(id, error);
    }
    port.postMessage(reply);
  });
}

if (parentPort !== null) {
  const work = workerTask.parse(workerData);
  if (work.task === 'encode') encodeFor(parentPort, work.tokenizerJson);
  else renderFor(parentPort);
}
