// The threads that hold large vocabularies, encode long text and render chat templates. Built as an entry of its own (tokenizer-worker.mjs) beside the bundle that
// starts it.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { HeadscopeError } from '../protocol/errors.ts';
import { renderTemplate } from './template_render.ts';
import { Vocabulary } from './vocabulary.ts';
import {
  type RenderReply,
  renderRequest,
  type TokenizerAnswer,
  type TokenizerReply,
  type TokenizerRequest,
  tokenizerRequest,
  workerTask,
} from './worker_messages.ts';

function failure(id: number, error: unknown) {
  const code = error instanceof HeadscopeError ? error.code : 'INTERNAL';
  return { id, code, message: error instanceof Error ? error.message : String(error) };
}

function answerTo(vocabulary: Vocabulary, request: TokenizerRequest): TokenizerAnswer {
  switch (request.ask) {
    case 'encode':
      return vocabulary.encode(request.text, request.special);
    case 'decode':
      return vocabulary.decode(request.ids, request.skipSpecial);
    case 'tokens':
      return request.ids.map((id) => vocabulary.token(id));
  }
}

function tokenizeFor(port: MessagePort, tokenizerJson: string): void {
  let vocabulary: Vocabulary | null = null;
  port.on('message', (message: unknown) => {
    const request = tokenizerRequest.parse(message);
    let reply: TokenizerReply;
    try {
      vocabulary ??= Vocabulary.parse(tokenizerJson);
      const answer = answerTo(vocabulary, request);
      reply = { id: request.id, answer };
    } catch (error) {
      reply = failure(request.id, error);
    }
    const encoded = 'answer' in reply && typeof reply.answer === 'object' && 'offsets' in reply.answer ? reply.answer : null;
    port.postMessage(reply, encoded === null ? [] : [encoded.ids.buffer, encoded.offsets.buffer]);
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
  if (work.task === 'tokenize') tokenizeFor(parentPort, work.tokenizerJson);
  else renderFor(parentPort);
}
