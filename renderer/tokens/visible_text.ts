// Token text as it can be seen: spaces as dots, line ends and tabs as arrows, everything that has no shape of its own as its code.
// The result is plain text for a text node or a canvas, never markup.

const NAMED: Readonly<Record<string, string>> = { ' ': '·', '\n': '⏎', '\r': '␍', '\t': '⇥', '\u00a0': '⍽', '\ufffd': '�' };
/** Controls, and characters that are invisible or reorder their neighbours. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}\p{Co}\p{Cs}]/u;

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
};

export function visibleToken(text: string): string {
  if (text === '') return '∅';
  let shown = '';
  for (const character of text) {
    const named = NAMED[character];
    if (named !== undefined) shown += named;
    else if (HIDDEN.test(character)) shown += escaped(character);
    else if (/\p{Zs}/u.test(character)) shown += '·';
    else shown += character;
  }
  return shown;
}
