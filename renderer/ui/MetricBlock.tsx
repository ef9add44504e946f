import type { ReactNode } from 'react';

export interface Metric {
  label: string;
  /** Null: not known yet. */
  value: string | null;
  unit?: string;
  /** Against the committed value; never coloured: a trade-off has no good side. */
  change?: ReactNode;
  tone?: 'plain' | 'miss';
  stale?: boolean;
}

/** Four at most, side by side. */
export function MetricBlock({ metrics, label }: { metrics: readonly Metric[]; label: string }) {
  return (
    <dl className="metrics" aria-label={label}>
      {metrics.map((metric) => (
        <div key={metric.label} className={[metric.tone === 'miss' && 'is-miss', metric.stale && 'is-stale'].filter(Boolean).join(' ')}>
          <dt>{metric.label}</dt>
          <dd className="value">
            {metric.value ?? '–'}
            {metric.value !== null && metric.unit !== undefined && <small>{metric.unit}</small>}
          </dd>
          <dd className="change">{metric.change}</dd>
        </div>
      ))}
    </dl>
  );
}
