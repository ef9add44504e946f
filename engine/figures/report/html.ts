// HTML that escapes what is put into it: `html` is the only way from text to markup.

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | undefined | readonly Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function markupOf(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escapeHtml(content);
  if (typeof content === 'number') return String(content);
  return content.map(markupOf).join('');
}

/** Interpolated strings are text or attribute values in quotes, never markup. */
export function html(parts: TemplateStringsArray, ...contents: Content[]): Markup {
  return new Markup(parts.reduce((all, part, at) => all + markupOf(contents[at - 1]) + part));
}

/** A token or a piece of prompt made visible: blanks and control characters get a sign, and the direction is isolated. */
export function tokenMarkup(text: string): Markup {
  const shown = Array.from(text, (character) => {
    if (character === ' ') return '·';
    if (character === '\n') return '⏎';
    if (character === '\t') return '⇥';
    const code = character.codePointAt(0) ?? 0;
    const invisible = code < 32 || (code >= 127 && code < 160) || /\p{Cf}|\p{Zl}|\p{Zp}/u.test(character);
    return invisible ? `\\u{${code.toString(16)}}` : character;
  });
  return html`<bdi class="token">${shown.join('')}</bdi>`;
}
