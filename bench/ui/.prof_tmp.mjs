// A budget is dragged on the real engine: frames from the pointer's event to the mask and the numbers that belong to it, and tasks that
// held the page up meanwhile.
import { openHead, openPage, untilStill } from '/work/w/me/bench/ui/browser.mjs';
import { openSavedRun } from '/work/w/me/bench/ui/heads.mjs';
import { mainThreadTasks, median, quantile, recorded } from '/work/w/me/bench/ui/trace.mjs';

const STEPS = 120;
const STEP_MS = 16;
const LONG_MS = 50;

/** In the page: for every event that moved the budget, the frames until the mask and the numbers followed. An event that leaves the budget
 * on its step changes neither. */
const watch = () => {
  const slider = document.querySelector('[role="slider"][aria-label="Slash diagonals"]');
  const inspector = slider.closest('[data-region="inspector"]');
  const state = { frame: 0, pending: null, delays: [], running: true, numbersAt: 0 };
  window.__benchDrag = state;
  // The numbers and the slider's value are of one rendering; numbers that stay the same digits change nothing on the page.
  new MutationObserver(() => {
    state.numbersAt = performance.now();
  }).observe(inspector, { subtree: true, childList: true, characterData: true, attributeFilter: ['aria-valuenow'] });
  let before = slider.ariaValueNow;
  slider.addEventListener('pointermove', () => void (before = slider.ariaValueNow), true);
  // Heard last, after the interface; what it set off runs before a microtask that is queued now.
  window.addEventListener('pointermove', ({ timeStamp }) =>
    queueMicrotask(() => {
      if (slider.ariaValueNow !== before) state.pending ??= { frame: state.frame, at: timeStamp };
    }),
  );
  const tick = () => {
    // After this frame's drawing: a task of its own.
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      const { pending, numbersAt } = state;
      if (pending && window.__headscopeCounters.maskAt >= pending.at && numbersAt >= pending.at) {
        state.delays.push({ frames: state.frame - pending.frame, ms: performance.now() - pending.at });
        state.pending = null;
      }
      state.frame += 1;
    };
    channel.port2.postMessage(0);
    if (state.running) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
};

export async function benchBudgets({ url, figures }) {
  const opened = await openPage(url);
  const { page, session, devtools } = opened;
  try {
    await openSavedRun(page);
    await openHead(page, 1, 0);
    await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    await page.getByText('Exact', { exact: true }).first().waitFor();
    await untilStill(page);
    await page.waitForTimeout(2000);
    const box = await page.getByRole('slider', { name: 'Slash diagonals', exact: true }).boundingBox();
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.3, y);
    await page.mouse.down();
    await page.evaluate(watch);
    const events = await recorded(devtools, async () => {
      const sent = [];
      // The recording itself takes a while to begin.
      await page.waitForTimeout(500);
      for (let step = 0; step < STEPS; step += 1) {
        const x = box.x + box.width * (0.3 + 0.6 * Math.sin((Math.PI * step) / STEPS));
        sent.push(session.send('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y, button: 'left', buttons: 1 }));
        await new Promise((resolve) => setTimeout(resolve, STEP_MS));
      }
      await Promise.all(sent);
      await page.waitForTimeout(300);
    });
    await page.mouse.up();
    const delays = await page.evaluate(() => {
      window.__benchDrag.running = false;
      return window.__benchDrag.delays;
    });
    const { tasks } = mainThreadTasks(events); globalThis.__rep(events, delays, opened);
    const long = tasks.filter(({ ms }) => ms > LONG_MS);
    figures.heading(`a budget dragged over ${STEPS} steps, 8K tokens, mask outline; ${delays.length} changes followed`);
    figures.atMost(
      'frames from the event to mask and numbers, p95',
      quantile(
        delays.map(({ frames }) => frames),
        0.95,
      ),
      1,
      '',
    );
    figures.note(
      'from the event to the end of that frame’s work, p50 / p95',
      `${median(delays.map(({ ms }) => ms)).toFixed(1)} / ${quantile(
        delays.map(({ ms }) => ms),
        0.95,
      ).toFixed(1)}`,
      'ms',
    );
    figures.atMost(`tasks above ${LONG_MS} ms`, long.length, 0, '');
    figures.note('their CPU time, longest', Math.max(0, ...long.map(({ cpuMs }) => cpuMs)), 'ms');
    figures.note(
      'longest task: duration / CPU',
      `${Math.max(...tasks.map(({ ms }) => ms)).toFixed(1)} / ${Math.max(...tasks.map(({ cpuMs }) => cpuMs)).toFixed(1)}`,
      'ms',
    );
  } finally {
    
  }
  return opened.problems;
}
