// What a scenario may do with the program, whichever way it was started.
import type { Page } from 'playwright-core';
import type { Fixtures } from './fixtures.ts';

/** A step that takes longer has failed, on a machine of two cores that others load as well. */
export const ACTION_TIMEOUT_MS = 30_000;

export interface SavedFile {
  name: string;
  data: Buffer;
}

export interface Workbench {
  readonly name: 'served' | 'desktop';
  readonly page: Page;
  /** What went wrong in the page unasked: exceptions, refused loads. */
  readonly problems: string[];
  /** Does `act`, which asks for a file or folder to open, and answers with this path. */
  opening(path: string, act: () => Promise<void>): Promise<void>;
  /** Does `act`, which saves a file, and gives that file. */
  saving(act: () => Promise<void>): Promise<SavedFile>;
  /** Opens the saved run of the fixtures as a user of this host does. */
  openSavedRun(fixtures: Fixtures): Promise<void>;
  /** Ends the engine's process without warning and, where nothing restarts it by itself, starts it again. */
  killEngine(): Promise<void>;
  close(): Promise<void>;
}

/** Console errors that a test causes on purpose. */
const EXPECTED = /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|favicon/;

export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`exception: ${error.stack ?? error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !EXPECTED.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()}: ${response.url()}`);
  });
  return problems;
}
