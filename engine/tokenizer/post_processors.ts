// The post-processors of tokenizer.json: special tokens around the text, offsets without the spaces in front of words.
// Semantics as in Hugging Face's tokenizers 0.23, for single texts.
import { isJsonObject, type JsonValue, printable } from '../checkpoint/strict_json.ts';
import { Component, isTokenId } from './component.ts';
import { Encoding } from './encoding.ts';
import { invalid } from './invalid.ts';

/** What the text of a token is. */
export type TokenText = (encoding: Encoding, index: number) => string;
/** Works on the parts of an encoding, which are joined in the end. */
export type PostProcessor = (parts: Encoding[], special: boolean, textOf: TokenText) => Encoding[];

/** null for none. Throws TOKENIZER_INVALID. */
export function readPostProcessor(value: JsonValue | undefined): PostProcessor | null {
  if (value === undefined || value === null) return null;
  const part = new Component(value, 'post_processor');
  switch (part.type) {
    case 'Sequence': {
      const steps = part
        .list('processors')
        .map(readPostProcessor)
        .filter((step) => step !== null);
      return (parts, special, textOf) => steps.reduce((current, step) => step(current, special, textOf), parts);
    }
    case 'ByteLevel': {
      const space = part.flag('add_prefix_space');
      const trim = part.flag('trim_offsets');
      return (parts, _, textOf) => {
        if (trim) for (const encoding of parts) trimOffsets(encoding, space, textOf);
        return parts;
      };
    }
    case 'TemplateProcessing':
      return readTemplate(part);
    case 'BertProcessing':
      return around(part.tokenAndId('cls').id, part.tokenAndId('sep').id);
    case 'RobertaProcessing': {
      const space = part.flag('add_prefix_space');
      const trim = part.flag('trim_offsets');
      const put = around(part.tokenAndId('cls').id, part.tokenAndId('sep').id);
      return (parts, special, textOf) => {
        if (trim) for (const encoding of parts) trimOffsets(encoding, space, textOf);
        return put(parts, special, textOf);
      };
    }
    default:
      throw part.unknown();
  }
}

/** The first id before the first part, the second behind every part (and before the others). */
function around(first: number, last: number): PostProcessor {
  return (parts, special) => {
    if (!special) return parts;
    return parts.flatMap((encoding, index) => [specials([index === 0 ? first : last]), encoding, specials([last])]);
  };
}

function specials(ids: readonly number[]): Encoding {
  const encoding = new Encoding();
  for (const id of ids) encoding.push(id, 0, 0);
  return encoding;
}

function readTemplate(part: Component): PostProcessor {
  const known = part.object('special_tokens');
  const template = part.list('single').map((piece) => {
    if (isJsonObject(piece) && isJsonObject(piece.Sequence)) {
      if (piece.Sequence.id !== 'A') throw invalid('its template for one text uses another sequence than A');
      return null;
    }
    const id = isJsonObject(piece) && isJsonObject(piece.SpecialToken) ? piece.SpecialToken.id : undefined;
    if (typeof id !== 'string') throw invalid('its template has a piece that is neither a sequence nor a special token');
    const token = known[id];
    const ids = isJsonObject(token) ? token.ids : undefined;
    if (!Array.isArray(ids) || !ids.every(isTokenId))
      throw invalid(`its template uses the special token "${printable(id)}", which it does not define`);
    return ids;
  });
  return (parts, special) => {
    const [text] = parts;
    if (text === undefined || parts.length !== 1) throw invalid('a template cannot follow another post-processor that adds tokens');
    return template.flatMap((ids) => (ids === null ? [text] : special ? [specials(ids)] : []));
  };
}

const SPACES = /^[\u0120\p{White_Space}]*/u;
const TRAILING = /[\u0120\p{White_Space}]/u;

/** Moves offsets inwards over the spaces a token's text begins and ends with; a single leading one may be the pre-tokenizer's own. */
function trimOffsets(encoding: Encoding, prefixed: boolean, textOf: TokenText): void {
  for (let index = 0; index < encoding.ids.length; index++) {
    const text = textOf(encoding, index);
    let leading = SPACES.exec(text)?.[0].length ?? 0;
    let trailing = 0;
    while (trailing < text.length && TRAILING.test(text.charAt(text.length - 1 - trailing))) trailing++;
    if (leading === 0 && trailing === 0) continue;
    const begin = encoding.begin[index] ?? 0;
    const end = encoding.end[index] ?? 0;
    const first = index === 0 || begin === 0;
    if (first && prefixed && leading === 1) leading = 0;
    const newBegin = leading > 0 ? Math.min(begin + leading, end) : begin;
    encoding.begin[index] = newBegin;
    if (trailing > 0 && end >= trailing) encoding.end[index] = Math.max(end - trailing, newBegin);
  }
}
