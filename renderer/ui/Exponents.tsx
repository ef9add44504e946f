// Text whose raised digits are drawn as ordinary ones, raised: few fonts hold all of ⁰ to ⁹ and ⁻, and a browser takes the missing ones
// from another font.
const RAISED = '⁻⁰¹²³⁴⁵⁶⁷⁸⁹';
const PLAIN = '−0123456789';

/** 'log₂ 2⁻¹⁸' with its exponent as <sup>. */
export function Exponents({ text }: { text: string }) {
  const parts = text.split(/([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/);
  return parts.map((part, index) => {
    if (index % 2 === 0) return part;
    const digits = [...part].map((digit) => PLAIN[RAISED.indexOf(digit)]).join('');
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other identity
    return <sup key={index}>{digits}</sup>;
  });
}
