// Whether the host still has the interface that this page was loaded from. After a rebuild its files go by other names: views that
// were not fetched yet are gone, and only a reload brings the new ones.
import { createStore } from 'zustand/vanilla';
import { connectionStore } from '../state/connection.ts';
import { announce } from '../state/notices.ts';

export const interfaceStore = createStore<{ updated: boolean }>()(() => ({ updated: false }));

/** The name of a page's first script carries a hash of everything it leads to. Null: there is none, as in tests. */
export function firstScript(page: Document): string | null {
  return page.querySelector('script[type="module"][src]')?.getAttribute('src') ?? null;
}

/** Asks the host for its page. A host that does not answer is no news: the connection has a banner of its own. */
export async function checkInterface(): Promise<void> {
  const ours = firstScript(document);
  if (ours === null || interfaceStore.getState().updated) return;
  try {
    const answer = await fetch(new URL('index.html', document.baseURI), { cache: 'no-store' });
    if (!answer.ok) return;
    const theirs = firstScript(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    if (theirs === null || theirs === ours) return;
    interfaceStore.setState({ updated: true });
    announce('The interface was updated. Reload to use it.');
  } catch {
    // Not reached.
  }
}

/** A restarted host may have been rebuilt. Returns what stops the watch. */
export function watchInterface(): () => void {
  return connectionStore.subscribe(({ generation, error }, before) => {
    const cameBack = generation !== before.generation && generation > 1;
    const strange = error?.code === 'PROTOCOL_MISMATCH' && before.error?.code !== 'PROTOCOL_MISMATCH';
    if (cameBack || strange) void checkInterface();
  });
}
