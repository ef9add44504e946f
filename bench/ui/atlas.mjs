// The atlas of 1,024 heads: from its data to its first paint, when a run is opened and when the user comes back to it.
import { openHead, openPage, openRun, untilMeasured } from './browser.mjs';
import { median } from './trace.mjs';

const REPEATS = 5;

/** In the page, before it loads: when the run's answer arrived, and when the frame with the atlas's canvas in it was over. */
const watch = () => {
  window.__benchAtlas = { data: 0, painted: 0 };
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', ({ data }) => {
        if (typeof data === 'string' && data.includes('"layersPresent"') && data.includes('"kind":"result"'))
          window.__benchAtlas.data = performance.now();
      });
    }
  };
  new MutationObserver(() => {
    const canvas = document.querySelector('.atlas-canvas');
    if (!canvas || canvas === window.__benchAtlas.canvas) return;
    window.__benchAtlas.canvas = canvas;
    requestAnimationFrame(() => setTimeout(() => Object.assign(window.__benchAtlas, { painted: performance.now() })));
  }).observe(document, { childList: true, subtree: true });
  window.addEventListener('pointerdown', ({ timeStamp }) => Object.assign(window.__benchAtlas, { pressed: timeStamp }), true);
};

const painted = (page, since) =>
  page.waitForFunction((name) => window.__benchAtlas.painted > window.__benchAtlas[name] && window.__benchAtlas[name] > 0, since);

export async function benchAtlas({ url, run, figures }) {
  const opens = [];
  const returns = [];
  const problems = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const opened = await openPage();
    const { page } = opened;
    try {
      await page.addInitScript(watch);
      await page.goto(url);
      await openRun(page, run);
      await painted(page, 'data');
      opens.push(await page.evaluate(() => window.__benchAtlas.painted - window.__benchAtlas.data));
      await untilMeasured(page);
      await openHead(page, 1, 0);
      await page.waitForTimeout(1000);
      await page.getByRole('tab', { name: 'Atlas' }).click();
      await painted(page, 'pressed');
      returns.push(await page.evaluate(() => window.__benchAtlas.painted - window.__benchAtlas.pressed));
    } finally {
      problems.push(...opened.problems);
      await opened.close();
    }
  }
  figures.heading(`the atlas of 1,024 heads; median of ${REPEATS}`);
  figures.atMost('from the run’s data to the first paint', median(opens), 200, 'ms');
  figures.atMost('from the click on Atlas to its paint, all heads measured', median(returns), 200, 'ms');
  figures.note('worst of both', Math.max(...opens, ...returns), 'ms');
  return problems;
}
