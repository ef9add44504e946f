// Progress on stderr: a bar on a terminal, JSON lines with --json, otherwise nothing but the notes.
import type { Progress } from '../../protocol/envelope.ts';
import type { Output } from './io.ts';

const BAR = 24;

export interface ProgressView {
  show(task: string, progress: Progress): void;
  /** Clears the bar; call before any other output. */
  clear(): void;
}

export function progressView(stderr: Output, json: boolean): ProgressView {
  if (json) {
    return {
      show: (task, progress) => stderr.write(`${JSON.stringify({ progress: { task, ...progress } })}\n`),
      clear: () => {},
    };
  }
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} };
  let drawn = false;
  return {
    show: (task, { done, total, unit, note }) => {
      const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
      const filled = Math.round(share * BAR);
      const bar = '█'.repeat(filled) + '░'.repeat(BAR - filled);
      const line = `${task} ${bar} ${Math.floor(share * 100)} %  ${note || `${Math.floor(done)}/${total} ${unit}`}`;
      stderr.write(`\r\x1b[2K${line.slice(0, Math.max(20, stderr.columns - 1))}`);
      drawn = true;
    },
    clear: () => {
      if (drawn) stderr.write('\r\x1b[2K');
      drawn = false;
    },
  };
}
