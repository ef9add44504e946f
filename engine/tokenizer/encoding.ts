// What encoding gives: ids, and for each the code points of the text it came from.
export class Encoding {
  readonly ids: number[] = [];
  readonly begin: number[] = [];
  readonly end: number[] = [];
  /** What a token reads where that is not its entry in the vocabulary: the text around an added token, spaces included. */
  readonly texts = new Map<number, string>();

  push(id: number, begin: number, end: number, text?: string): void {
    if (text !== undefined) this.texts.set(this.ids.length, text);
    this.ids.push(id);
    this.begin.push(begin);
    this.end.push(end);
  }
}
