export interface ProgressBarProps {
  label: string;
  /** 0 to 1; null: how far is not known. */
  fraction: number | null;
  look?: 'running' | 'idle' | 'warn';
}

export function ProgressBar({ label, fraction, look = 'running' }: ProgressBarProps) {
  const percent = fraction === null ? undefined : Math.round(100 * Math.min(1, Math.max(0, fraction)));
  return (
    <div
      className={look === 'running' ? 'bar' : `bar bar--${look}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <i style={{ width: `${percent ?? 0}%` }} />
    </div>
  );
}
