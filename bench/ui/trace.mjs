// What the page's main thread did, from Chromium's own trace: tasks, the frames they belong to, and frames that never came.

const CATEGORIES = [
  'devtools.timeline',
  'disabled-by-default-devtools.timeline',
  'disabled-by-default-devtools.timeline.frame',
  'latencyInfo',
];
/** At 60 Hz. */
const VSYNC_MS = 1000 / 60;

/** Trace events of everything that happens until `act` resolves. */
export async function recorded(devtools, act) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  devtools.on('Tracing.dataCollected', collect);
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories: CATEGORIES } });
  try {
    await act();
  } finally {
    const complete = new Promise((resolve) => devtools.once('Tracing.tracingComplete', resolve));
    await devtools.send('Tracing.end');
    await complete;
    devtools.off('Tracing.dataCollected', collect);
  }
  return events;
}

/** The page's main thread: of the renderers' the one that ran most. Times in milliseconds, in order. */
export function mainThreadTasks(events) {
  const mains = new Set(
    events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const byThread = new Map();
  for (const { name, ph, pid, tid, ts, dur, tdur } of events) {
    const key = `${pid}/${tid}`;
    if (name !== 'RunTask' || ph !== 'X' || !mains.has(key)) continue;
    const tasks = byThread.get(key) ?? [];
    tasks.push({ at: ts / 1000, ms: dur / 1000, cpuMs: (tdur ?? dur) / 1000 });
    byThread.set(key, tasks);
  }
  const total = (tasks) => tasks.reduce((sum, { ms }) => sum + ms, 0);
  const [thread = '', tasks = []] = [...byThread].sort((a, b) => total(b[1]) - total(a[1]))[0] ?? [];
  const frames = events
    .filter(({ name, pid, tid }) => name === 'BeginMainThreadFrame' && `${pid}/${tid}` === thread)
    .map(({ ts }) => ts / 1000)
    .sort((a, b) => a - b);
  return { tasks: tasks.sort((a, b) => a.at - b.at), frames };
}

/** Work of every frame: of all tasks since the frame before. `missed`: vertical blanks between frames in which none came. */
export function frameWork({ tasks, frames }) {
  const work = frames.map(() => ({ ms: 0, cpuMs: 0 }));
  let frame = 0;
  for (const task of tasks) {
    while (frame < frames.length && task.at > frames[frame]) frame += 1;
    // A task that holds the frame itself began before it.
    const owner = work[frame];
    if (!owner) break;
    owner.ms += task.ms;
    owner.cpuMs += task.cpuMs;
  }
  const gaps = frames.slice(1).map((at, index) => at - frames[index]);
  const missed = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / VSYNC_MS) - 1), 0);
  return { work, gaps, missed };
}

/** The `share` quantile, 0 to 1; NaN of nothing. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

export const median = (values) => quantile(values, 0.5);
