// The WordPiece and WordLevel models of tokenizer.json: the longest token first, or the word whole.
import type { JsonObject } from '../checkpoint/strict_json.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { invalid } from './invalid.ts';
import { tokenizeWrittenBytes } from './unigram.ts';
import { optionalText, readVocabularyTable, type VocabularyTable } from './vocabulary_table.ts';
import type { Model, Word } from './word.ts';

abstract class TableModel implements Model {
  readonly size: number;
  readonly end: number;
  protected readonly table: VocabularyTable;
  private readonly unknown: string;

  constructor(model: JsonObject, unknown: string) {
    this.table = readVocabularyTable(model);
    this.size = this.table.ids.size;
    this.end = this.table.tokens.length;
    this.unknown = optionalText(model, 'unk_token') ?? unknown;
  }

  idOf(token: string): number | undefined {
    return this.table.ids.get(token);
  }

  tokenOf(id: number): string | undefined {
    return this.table.tokens[id];
  }

  tokenize(text: string, bytes: boolean): Word {
    return bytes ? tokenizeWrittenBytes(text, (written) => this.tokenizeText(written)) : this.tokenizeText(text);
  }

  protected abstract tokenizeText(text: string): Word;

  protected unknownWord(text: string): Word {
    const id = this.table.ids.get(this.unknown);
    if (id === undefined) throw invalid(`its unknown token "${printable(this.unknown)}" is not in the vocabulary`);
    return { ids: [id], begin: [0], end: [text.length] };
  }
}

export class WordLevel extends TableModel {
  constructor(model: JsonObject) {
    super(model, '<unk>');
  }

  protected tokenizeText(text: string): Word {
    const id = this.table.ids.get(text);
    return id === undefined ? this.unknownWord(text) : { ids: [id], begin: [0], end: [text.length] };
  }
}

export class WordPiece extends TableModel {
  private readonly prefix: string;
  private readonly maxCharacters: number;

  constructor(model: JsonObject) {
    super(model, '[UNK]');
    this.prefix = optionalText(model, 'continuing_subword_prefix') ?? '##';
    const most = model.max_input_chars_per_word ?? 100;
    if (typeof most !== 'number' || !Number.isSafeInteger(most) || most < 0)
      throw invalid("the model's max_input_chars_per_word is not a whole number");
    this.maxCharacters = most;
  }

  protected tokenizeText(text: string): Word {
    const word: Word = { ids: [], begin: [], end: [] };
    if (text.length > 2 * this.maxCharacters || Array.from(text).length > this.maxCharacters) return this.unknownWord(text);
    for (let begin = 0; begin < text.length; ) {
      let end = text.length;
      let id: number | undefined;
      for (; end > begin; end -= isLowSurrogate(text, end - 1) ? 2 : 1) {
        id = this.table.ids.get((begin > 0 ? this.prefix : '') + text.slice(begin, end));
        if (id !== undefined) break;
      }
      if (id === undefined) return this.unknownWord(text);
      word.ids.push(id);
      word.begin.push(begin);
      word.end.push(end);
      begin = end;
    }
    return word;
  }
}

function isLowSurrogate(text: string, unit: number): boolean {
  return (text.charCodeAt(unit) & 0xfc00) === 0xdc00;
}
