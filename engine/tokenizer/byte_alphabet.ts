// Byte-level BPE writes each byte as a printable character: the printable ones of Latin-1 as themselves, the other 68 from U+0100 on (GPT-2).

export const CHARACTER_OF_BYTE: readonly string[] = alphabet();
export const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(CHARACTER_OF_BYTE.map((character, byte) => [character, byte]));

function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCharCode(printable ? byte : next++);
  });
}

const encoder = new TextEncoder();

/** The bytes of UTF-8 in that alphabet. */
export function inByteAlphabet(text: string): string {
  let written = '';
  for (const byte of encoder.encode(text)) written += CHARACTER_OF_BYTE[byte];
  return written;
}
