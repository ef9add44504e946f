// Where this program keeps what it can make again.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** $XDG_CACHE_HOME/headscope, or ~/.cache/headscope. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'headscope');
}
