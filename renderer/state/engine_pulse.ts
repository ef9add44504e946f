// Whether the engine still answers. A process that hangs, or a connection that was cut without a word, says nothing by itself: what was
// asked would look as if it were being worked on for ever. The engine answers small questions while it computes, so silence means trouble.

/** Between a question answered and the next one. */
const BEAT_MS = 5_000;
/** From here on a question without an answer is told. */
const PATIENCE_MS = 8_000;

export interface PulseTimes {
  beatMs?: number;
  patienceMs?: number;
}

/** `ask` is answered at once by an engine that is well; `tell` hears since when it is silent (ms since 1970), and null when it answers
 * again. Returns what stops it. A question that fails has been answered, or its connection's end is told elsewhere. */
export function keepPulse(
  ask: () => Promise<unknown>,
  tell: (silentSince: number | null) => void,
  { beatMs = BEAT_MS, patienceMs = PATIENCE_MS }: PulseTimes = {},
): () => void {
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const beat = async () => {
    const since = Date.now();
    let silent = false;
    timer = setTimeout(() => {
      silent = true;
      tell(since);
    }, patienceMs);
    await ask().catch(() => {});
    clearTimeout(timer);
    if (stopped) return;
    if (silent) tell(null);
    timer = setTimeout(beat, beatMs);
  };
  timer = setTimeout(beat, beatMs);
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
