import type { ReactNode } from 'react';
import { Icon } from './Icon.tsx';

export type Tone = 'plain' | 'ok' | 'warn' | 'danger' | 'mask' | 'miss' | 'accent';

/** A state in one or two words. */
export function Chip({ tone = 'plain', dot = false, children }: { tone?: Tone; dot?: boolean; children: ReactNode }) {
  return (
    <span className={tone === 'plain' ? 'chip' : `chip chip--${tone}`}>
      {dot && <i className="dot" />}
      {children}
    </span>
  );
}

/** A number that belongs to an earlier state of things. */
export function StaleBadge({ children = 'stale' }: { children?: ReactNode }) {
  return (
    <span className="badge-stale">
      <Icon name="clock" small />
      {children}
    </span>
  );
}
