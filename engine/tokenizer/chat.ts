// A chat as a model's own template writes it, and its ids.
import { HeadscopeError } from '../protocol/errors.ts';
import { type ChatTemplates, chooseTemplate, readChatTemplates } from './chat_template.ts';
import { TemplateThread, type TemplateThreadOptions } from './template_thread.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface Chat {
  messages: readonly Readonly<Record<string, unknown>>[];
  /** Ends with what opens the model's answer. */
  addGenerationPrompt: boolean;
  /** Further variables: tools, documents, enable_thinking, ... They win over those of the model. */
  extra: Readonly<Record<string, unknown>>;
}

/** Names under which a message's reasoning goes; templates read the first, some the second. */
const REASONING = ['reasoning_content', 'thinking', 'reasoning'] as const;

export class ChatRenderer {
  private readonly folder: string;
  private readonly thread: TemplateThread;
  private templates: ChatTemplates | null = null;

  constructor(folder: string, options: TemplateThreadOptions = {}) {
    this.folder = folder;
    this.thread = new TemplateThread(options);
  }

  /** The text. Rejects with INVALID_REQUEST for a chat that the template refuses, TOKENIZER_INVALID, LIMIT_EXCEEDED, CANCELLED. */
  async render({ messages, addGenerationPrompt, extra }: Chat, signal?: AbortSignal): Promise<string> {
    this.templates ??= readChatTemplates(this.folder);
    const withTools = extra.tools !== undefined && extra.tools !== null;
    const source = chooseTemplate(this.templates, withTools, this.folder);
    const variables = {
      ...this.templates.tokens,
      tools: null,
      documents: null,
      ...extra,
      messages: messages.map(withReasoning),
      add_generation_prompt: addGenerationPrompt,
    };
    return this.thread.render(source, variables, signal);
  }

  close(): void {
    this.thread.close();
  }
}

/** The ids of a rendered chat. The template has written the special tokens, the first one too: none are added. */
export async function encodeRendered(tokenizer: Tokenizer, rendered: string, signal?: AbortSignal): Promise<Int32Array> {
  const { ids } = await tokenizer.encodeWithOffsets(rendered, false, signal);
  if (ids.length === 0) throw new HeadscopeError('PROMPT_EMPTY', 'The chat template made an empty text of this chat.');
  return ids;
}

function withReasoning(message: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const reasoning = REASONING.map((name) => message[name]).find((text) => text !== undefined && text !== null);
  return reasoning === undefined ? message : { thinking: reasoning, ...message, reasoning_content: reasoning };
}
