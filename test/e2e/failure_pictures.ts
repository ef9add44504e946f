// What was on screen when a step failed: build/e2e/NAME-failed.png, the first of a session.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach } from 'vitest';
import { root } from './requirements.ts';

const TIMEOUT_MS = 10_000;

/** To be called inside a describe(), after its other afterEach(), which would change the screen first. */
export function keepFailurePictures(name: string, page: () => Page | undefined): void {
  const path = join(root, 'build', 'e2e', `${name}-failed.png`);
  let taken = false;
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || taken) return;
    taken = true;
    mkdirSync(join(root, 'build', 'e2e'), { recursive: true });
    // A page that is gone has no picture; the failure itself says so.
    const picture = await page()
      ?.screenshot({ path, timeout: TIMEOUT_MS })
      .catch(() => null);
    if (picture) process.stderr.write(`The screen at the failure: ${path}\n`);
  });
}
