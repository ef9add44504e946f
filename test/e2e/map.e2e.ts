// The map's picture against an engine of the test's own, in a real browser: what a pixel shows is what the head does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../engine/protocol/client.ts';
import { type Frame, frameFloats } from '../../engine/protocol/frame.ts';
import { inProcessPair } from '../../engine/protocol/in_process.ts';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Rect } from '../../engine/protocol/records.ts';
import { serve } from '../../engine/protocol/server.ts';
import { EngineService } from '../../engine/service/engine_service.ts';
import { keepFailurePictures } from './failure_pictures.ts';
import { type Fixtures, makeFixtures } from './fixtures.ts';
import { dragBudget, footprint, openHead, runCommand, slider, sliderValue, untilMeasured } from './interface.ts';
import { launchServed } from './launch_served.ts';
import { apart, colourOf, type Picture, readPicture } from './map_picture.ts';
import { root, titled, whyNotServed } from './requirements.ts';
import type { Workbench } from './workbench.ts';

const LAYER = 1;
const HEAD = 0;
const LIMITS = { max: { low: -14, high: 0 }, sum: { low: -12, high: 4 }, missed: { low: -12, high: 3 } };
/** Cells of the whole view of the example cover 16 tokens; its first tile, 4,096. */
const TILE = 4096;
const CELL = 16;
/** Codes step by a tenth of an octave; a step of the ramp is up to three levels of a channel. */
const LEVELS = 8;

/** What is read once it stays the same: the status bar follows the picture, which follows the keys. */
async function steady(read: () => Promise<string>): Promise<string> {
  for (let last = await read(), same = 0; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const now = await read();
    same = now === last ? same + 1 : 0;
    if (same === 2) return now;
    last = now;
  }
}

const why = whyNotServed();

describe.skipIf(why !== null)(titled('the picture of a head', why), () => {
  let bench: Workbench;
  let fixtures: Fixtures;
  let client: Client;
  let tokens = 0;
  let pattern: Pattern;
  let place: { runId: string; layer: number; head: number };

  beforeAll(async () => {
    const service = new EngineService({
      policy: { readPaths: 'any', writeFiles: false },
      library: { assets: join(root, 'assets'), folders: [] },
    });
    const [near, far] = inProcessPair();
    serve(far, service);
    client = new Client(near, { validate: true });
    const text = readFileSync(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8');
    const run = await client.call('run.prefill', { model: join(root, 'assets', 'demo-model'), prompt: { text } });
    tokens = run.rows;
    place = { runId: run.runId, layer: LAYER, head: HEAD };

    fixtures = await makeFixtures();
    bench = await launchServed(fixtures, {
      preferences: { theme: 'light', colourMap: 'grey', maskMode: 'off', scaleLimits: LIMITS },
    });
    const { page } = bench;
    await untilMeasured(page);
    await openHead(page, LAYER, HEAD);
    // A budget that misses much, whatever a search finds for this head.
    await page.getByRole('radio', { name: 'Vertical-Slash' }).click();
    for (const budget of ['Vertical columns', 'Slash diagonals']) await dragBudget(page, budget, 0.15);
    await slider(page, 'Slash diagonals').press('Enter');
    await page.getByText('live', { exact: true }).waitFor({ state: 'detached' });
    pattern = {
      kind: 'vertical_slash',
      verticals: await sliderValue(page, 'Vertical columns'),
      slashes: await sliderValue(page, 'Slash diagonals'),
    };
  });
  afterAll(async () => {
    client?.close();
    await bench?.close();
    await fixtures?.remove();
  });
  keepFailurePictures('map', () => bench?.page);

  /** Exact cells of the first tile. */
  async function cells(aggregate: 'max' | 'sum'): Promise<Float32Array> {
    const parts: number[] = [];
    await client.call(
      'map.aggregate',
      { ...place, rect: [0, TILE, 0, TILE], size: { width: 256, height: 256 }, aggregate },
      { onFrame: (frame) => void parts.push(...frameFloats(frame)) },
    );
    return Float32Array.from(parts);
  }

  /** The missed sums of the same cells, as the engine counts them. */
  async function missedCells(): Promise<Float32Array> {
    let tile: Frame | undefined;
    const rect: Rect = [0, TILE, 0, TILE];
    await client.call(
      'map.missed',
      { ...place, rect, pattern, key: 1 },
      {
        onFrame: (frame) => {
          tile = frame;
        },
      },
    );
    const { low, high } = tile?.scale[1] ?? { low: 0, high: 0 };
    return Float32Array.from(tile?.payload.subarray(65536) ?? [], (code) =>
      code === 0 ? 0 : 2 ** (low + ((code - 1) / 254) * (high - low)),
    );
  }

  /** Pixels well inside the first tile and below the diagonal, with the cell that each stands for. */
  function samples(picture: Picture): { x: number; y: number; cell: number }[] {
    const found: { x: number; y: number; cell: number }[] = [];
    const perPixel = tokens / picture.side;
    for (let y = 20; (y + 1) * perPixel < TILE; y += 7) {
      for (let x = 3; x < y - 4; x += 5) {
        const [q, k] = [Math.floor((y + 0.5) * perPixel), Math.floor((x + 0.5) * perPixel)];
        found.push({ x, y, cell: Math.floor(q / CELL) * 256 + Math.floor(k / CELL) });
      }
    }
    return found;
  }

  /** The picture once nothing is on its way, the pointer elsewhere. */
  async function settled(): Promise<Picture> {
    const { page } = bench;
    await page.mouse.move(4, 4);
    await expect
      .poll(
        () =>
          page
            .locator('.mapzone')
            .getByText(/Sharper tiles|≈|of the budget before/)
            .count(),
        { timeout: 20_000 },
      )
      .toBe(0);
    await page.waitForTimeout(300);
    return readPicture(page);
  }

  it.each(['Max', 'Mass'] as const)('shows the exact cells, %s', async (label) => {
    await bench.page.getByRole('radio', { name: label, exact: true }).click();
    const aggregate = label === 'Max' ? 'max' : 'sum';
    const exact = await cells(aggregate);
    let wrong = 0;
    let dark = 0;
    await expect
      .poll(async () => {
        const picture = await settled();
        const points = samples(picture);
        expect(points.length).toBeGreaterThan(500);
        const far = points.filter(
          ({ x, y, cell }) => apart(picture.at(x, y), colourOf('grey', exact[cell] ?? 0, LIMITS[aggregate])) > LEVELS,
        );
        wrong = far.length;
        dark = points.filter(({ x, y }) => picture.at(x, y)[0] < 128).length;
        return wrong;
      })
      .toBe(0);
    // A blank picture would agree with nothing being there.
    expect(dark).toBeGreaterThan(20);
  });

  it('shows missed mass as the engine counts it, at a footprint of many tokens', async () => {
    await bench.page.getByRole('radio', { name: 'Missed' }).click();
    const missed = await missedCells();
    let warm = 0;
    await expect
      .poll(async () => {
        const picture = await settled();
        const points = samples(picture).filter(({ x, y }) => y < picture.side - 40 || x > 260);
        const far = points.filter(
          ({ x, y, cell }) => apart(picture.at(x, y), colourOf('missed', missed[cell] ?? 0, LIMITS.missed)) > 2 * LEVELS,
        );
        warm = points.filter(({ cell }) => (missed[cell] ?? 0) > 2 ** LIMITS.missed.low).length;
        return far.length;
      })
      .toBe(0);
    expect(warm).toBeGreaterThan(50);
    await bench.page.getByText('exact', { exact: false }).first().waitFor();
  });

  it('mirrors missed mass above the diagonal in Split, and keeps attention below', async () => {
    const { page } = bench;
    await page.getByRole('radio', { name: 'Split' }).click();
    const missed = await missedCells();
    const warmth = ([r, , b]: readonly [number, number, number]) => r - b;
    let lost = 0;
    await expect
      .poll(async () => {
        const picture = await settled();
        const inTag = ({ x, y }: { x: number; y: number }) => x < 40 && y > picture.side - 300;
        const points = samples(picture);
        lost = points.filter((point) => (missed[point.cell] ?? 0) > 0.2 && !inTag(point)).length;
        const wrong = points.filter((point) => {
          const mass = missed[point.cell] ?? 0;
          const above = warmth(picture.at(point.y, point.x));
          const asCounted = inTag(point) || (mass > 0.2 ? above > 60 : mass > 0 || Math.abs(above) < 20);
          // Below the diagonal there is no warm hue.
          return !asCounted || warmth(picture.at(point.x, point.y)) >= 20;
        });
        return wrong.length;
      })
      .toBe(0);
    expect(lost).toBeGreaterThan(20);
  });

  it('lists the strongest missed pairs that the engine finds, and goes there', async () => {
    const { page } = bench;
    const { pairs } = await client.call('map.strongest', { ...place, rect: [0, tokens, 0, tokens], count: 3, missedBy: pattern });
    const first = pairs[0];
    if (!first) throw new Error('nothing is missed');
    const link = page.locator('.top-missed li').first();
    await expect.poll(() => link.innerText()).toContain(first.value.toPrecision(3));
    const whole = await footprint(page);
    await link.getByRole('button').click();
    const status = page.locator('[data-region="status"]');
    await expect.poll(() => status.innerText()).toContain(first.q.toLocaleString('en-US'));
    await expect.poll(() => status.innerText()).toMatch(/missed: column rank [\d,]+ ≥ [\d,]+, slash rank [\d,]+ ≥ [\d,]+/);
    await expect.poll(() => status.innerText()).toMatch(new RegExp(`${Number(first.value.toPrecision(4))}\\s+exact`));
    expect(await footprint(page)).not.toBe(whole);
    await runCommand(page, 'Fit the whole map');
    await expect.poll(() => footprint(page)).toBe(whole);
  });

  it('keeps a bookmark with its note over a reload, and comes back to it', async () => {
    const { page } = bench;
    await page.getByRole('application', { name: /^Attention map/ }).focus();
    const shown = () => footprint(page);
    const whole = await shown();
    for (let step = 0; step < 5; step += 1) await page.keyboard.press('+');
    await expect.poll(shown).not.toBe(whole);
    await page.keyboard.press('n');
    const note = page.getByRole('textbox', { name: new RegExp(`^Note on L${LAYER} H${HEAD}, rows`) });
    await note.fill('here');
    const kept = await steady(shown);
    // Written a moment after the last change.
    await page.waitForFunction(() => localStorage.getItem('headscope.preferences')?.includes('"note":"here"'));
    await page.reload();
    await untilMeasured(page);
    await runCommand(page, 'Show the bookmarks');
    expect(await note.inputValue()).toBe('here');
    await page
      .getByRole('list', { name: 'Bookmarks', exact: true })
      .getByRole('button', { name: new RegExp(`^L${LAYER} H${HEAD}, rows`) })
      .click();
    await expect.poll(shown).toBe(kept);
  });
});
