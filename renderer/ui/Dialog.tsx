import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from 'react';
import { createPortal } from 'react-dom';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.ts';

const FOCUSABLE = 'button, [href], input, select, textarea, [tabindex]:not([tabindex="-1"])';

export interface DialogProps {
  title: string;
  icon?: IconName;
  tone?: 'plain' | 'danger';
  wide?: boolean;
  onClose: () => void;
  children: ReactNode;
  /** Buttons, the one that closes last. */
  actions?: ReactNode;
}

/** Keeps the focus inside while it is open and gives it back afterwards. Escape and a click beside it close. */
export function Dialog({ title, icon, tone = 'plain', wide = false, onClose, children, actions }: DialogProps) {
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const first = box.current?.querySelector<HTMLElement>('[data-autofocus]') ?? box.current?.querySelector<HTMLElement>(FOCUSABLE);
    // A long dialog opens at its beginning, wherever its first control is.
    (first ?? box.current)?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // What had the focus may have gone from the dialog: then its keys arrive at the page, where they would act behind it.
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const strayed = (event: globalThis.KeyboardEvent) => {
      if (document.activeElement !== document.body) return;
      event.stopPropagation();
      box.current?.focus();
      if (event.key !== 'Escape') return;
      event.preventDefault();
      close.current();
    };
    document.addEventListener('keydown', strayed, true);
    return () => document.removeEventListener('keydown', strayed, true);
  }, []);
  const keyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === 'Escape') {
      event.preventDefault();
      onClose();
    } else if (event.key === 'Tab') {
      const inside = [...(box.current?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
      const first = inside[0];
      const last = inside.at(-1);
      const at = document.activeElement;
      if (event.shiftKey && (at === first || at === box.current)) {
        event.preventDefault();
        last?.focus();
      } else if (!event.shiftKey && at === last) {
        event.preventDefault();
        first?.focus();
      }
    }
  };
  return createPortal(
    <>
      <div className="scrim" onPointerDown={onClose} />
      <div
        ref={box}
        className={wide ? 'dlg dlg--wide' : 'dlg'}
        role="dialog"
        aria-modal="true"
        aria-labelledby={id}
        tabIndex={-1}
        onKeyDown={keyDown}
      >
        <h2 id={id} className={tone === 'danger' ? 'is-danger' : undefined}>
          {icon && (
            <span className={tone === 'danger' ? 'c-danger' : undefined}>
              <Icon name={icon} />
            </span>
          )}
          {title}
        </h2>
        {children}
        {actions && <div className="acts">{actions}</div>}
      </div>
    </>,
    document.body,
  );
}
