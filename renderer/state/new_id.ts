// crypto.randomUUID() is only there on pages of https and of this machine; a page served over plain http to another machine has the rest.
/** 128 random bits, in hex. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
