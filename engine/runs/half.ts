// IEEE 754 half precision and bfloat16 to and from float32.

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** A half's value as float32, by its 16 bits. Exact. */
export function halfToFloat(half: number): number {
  const exponent = (half >> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

const HALVES = new Float32Array(65536).map((_, half) => halfToFloat(half));

export function widenHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) wide[i] = HALVES[halves[i] ?? 0] ?? 0;
  return wide;
}

export function widenBfloats(bfloats: Uint16Array): Float32Array<ArrayBuffer> {
  const wide = new Float32Array(bfloats.length);
  const bits = new Uint32Array(wide.buffer);
  for (let i = 0; i < bfloats.length; i++) bits[i] = (bfloats[i] ?? 0) << 16;
  return wide;
}

/** Rounds to nearest, ties to even; beyond 65,504 infinity, NaN stays NaN. */
export function floatToHalf(value: number): number {
  real[0] = value;
  const bits = word[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00; // 65,520 and above round to infinity
  if (magnitude < 0x38800000) {
    // below 2^-14: a multiple of 2^-24, which adding 0.5 rounds for us (the float's last place there is 2^-24)
    real[0] = Math.abs(value) + 0.5;
    return sign | ((word[0] ?? 0) - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

export function narrowToHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = floatToHalf(values[i] ?? 0);
  return halves;
}
