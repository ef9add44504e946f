// The user's token for the Hugging Face hub, from the places its own tools look in.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import { hubHome, type Variables, withHome } from './hub_cache.ts';

export const PUBLIC_HUB = 'https://huggingface.co';

/** HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH, or the file token in the hub's home; null where there is none. */
export function hubToken(variables: Variables = process.env): string | null {
  const given = variables.HF_TOKEN?.trim() || variables.HUGGING_FACE_HUB_TOKEN?.trim();
  const token = given || readToken(withHome(variables.HF_TOKEN_PATH || join(hubHome(variables), 'token')));
  if (token === '') return null;
  // It goes into a header: what no header may hold must not be sent, nor shown.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new HeadscopeError('INVALID_REQUEST', 'The Hugging Face token holds characters that no token has.');
  return token;
}

/** HF_ENDPOINT or the public hub, without a slash at its end. Throws INVALID_REQUEST. */
export function hubEndpoint(variables: Variables = process.env): string {
  const given = variables.HF_ENDPOINT?.trim() || PUBLIC_HUB;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new HeadscopeError('INVALID_REQUEST', 'HF_ENDPOINT is not the address of a hub, like https://huggingface.co.');
  return url.href.replace(/\/+$/, '');
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
