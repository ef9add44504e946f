import type { ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import { Icon } from './Icon.tsx';

export interface BannerProps {
  tone: 'info' | 'ok' | 'warn' | 'danger';
  title: string;
  /** What was kept, what can be done. */
  children?: ReactNode;
  actions?: ReactNode;
  onDismiss?: (() => void) | undefined;
}

const ICON = { info: 'info', ok: 'check', warn: 'warning', danger: 'warning' } as const;

/** Under the tabs; it pushes the picture down and never covers it. */
export function Banner({ tone, title, children, actions, onDismiss }: BannerProps) {
  return (
    <section className={`banner banner--${tone}`} role={tone === 'danger' || tone === 'warn' ? 'alert' : 'status'}>
      <Icon name={ICON[tone]} />
      <p>
        <b className="b">{title}</b> {children}
      </p>
      {actions}
      {onDismiss && <IconButton icon="close" label="Dismiss" onClick={onDismiss} />}
    </section>
  );
}
