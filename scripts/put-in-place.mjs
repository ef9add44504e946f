// A finished build takes the place of the one before it: readers see one or the other, and two builds at once do not trip over each other.
import { renameSync, rmSync } from 'node:fs';

/** How often another build may get in between. */
const TRIES = 20;

/** Folders of one file system. `fresh` is gone afterwards. */
export function putInPlace(fresh, final) {
  for (let tried = 1; ; tried++) {
    const old = `${final}.${process.pid}.old`;
    try {
      renameSync(final, old);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    rmSync(old, { recursive: true, force: true });
    try {
      renameSync(fresh, final);
      return;
    } catch (error) {
      if (tried === TRIES || (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST')) throw error;
    }
  }
}
