// Documents that were not exported, in the browser's own storage: a record a window, which only that window writes. What a window that is
// gone has left is taken over by the next one that starts; a window that is open answers when it is asked, so that nothing is taken from it.
import type { DraftStore } from './bridge.ts';
import { store, stored } from './web_storage.ts';

const PREFIX = 'headscope.drafts.';
const WINDOW_KEY = 'headscope.window';
const CHANNEL = 'headscope.windows';
/** Windows answer at once; one that is frozen by the browser does not, and its record is then copied rather than lost. */
const ANSWER_MS = 150;

const newName = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The name of this tab, kept over its reloads. */
function tabName(): string {
  try {
    return sessionStorage.getItem(WINDOW_KEY) ?? newName();
  } catch {
    return newName();
  }
}

function storedKeys(): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

export function webDrafts(): DraftStore {
  let name = tabName();
  /** Records of windows that are gone: they go once what they held is in this window's own. */
  let claimed: string[] = [];
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(CHANNEL);
  const open = new Set<string>();
  let named = false;
  channel?.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (data === 'who is open' && named) channel.postMessage({ open: name });
    else if (typeof data === 'object' && data !== null && 'open' in data && typeof data.open === 'string') open.add(data.open);
  });

  async function others(): Promise<void> {
    if (!channel) return;
    channel.postMessage('who is open');
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  }

  return {
    async claim() {
      await others();
      // A duplicated tab carries the name of the one it was made from.
      if (open.has(name)) name = newName();
      named = true;
      try {
        sessionStorage.setItem(WINDOW_KEY, name);
      } catch {
        // Without a name that lasts, the next page of this tab takes the record over like any other window's.
      }
      claimed = storedKeys().filter((key) => !open.has(key.slice(PREFIX.length)));
      return claimed.flatMap((key) => {
        const list = stored(key);
        return Array.isArray(list) ? list : [];
      });
    },
    write(drafts, { whole }) {
      const own = PREFIX + name;
      const gone = whole ? claimed.filter((key) => key !== own) : [];
      const kept = drafts.length === 0 ? remove(own) : store(own, drafts);
      if (!kept) return false;
      for (const key of gone) remove(key);
      if (whole) claimed = [];
      return true;
    },
  };
}

function remove(key: string): boolean {
  try {
    localStorage.removeItem(key);
  } catch {
    // A browser that allows no storage holds nothing to remove.
  }
  return true;
}
