import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { placeBeside } from './anchored.ts';
import { Icon } from './Icon.tsx';
import type { IconName } from './icons.ts';
import { Kbd } from './Kbd.tsx';

export interface MenuItem {
  id: string;
  label: ReactNode;
  note?: ReactNode;
  icon?: IconName;
  keys?: string | undefined;
  /** Set: a choice of a group that is on or off. */
  checked?: boolean;
  disabledBecause?: string | undefined;
  /** A line above. */
  separated?: boolean;
  run: () => void;
}

export interface MenuButtonProps {
  label: string;
  items: readonly MenuItem[];
  /** The button's content and class. */
  children: ReactNode;
  className?: string;
  align?: 'start' | 'end';
}

/** A button that opens a menu. Arrows move, Home and End jump, letters find, Escape closes and gives the focus back. */
export function MenuButton({ label, items, children, className = 'ib', align = 'start' }: MenuButtonProps) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!open || !menu.current || !button.current) return;
    placeBeside(menu.current, button.current, align);
    menu.current.querySelector<HTMLElement>('[role^="menuitem"]')?.focus();
  }, [open, align]);
  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent) => {
      const { target } = event;
      if (target instanceof Node && !menu.current?.contains(target) && !button.current?.contains(target)) setOpen(false);
    };
    window.addEventListener('pointerdown', away, true);
    return () => window.removeEventListener('pointerdown', away, true);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const keyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const entries = [...(menu.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
    const at = entries.findIndex((entry) => entry.contains(document.activeElement));
    const { key } = event;
    if (key === 'Escape') close();
    else if (key === 'Tab') setOpen(false);
    else if (key === 'ArrowDown') entries[(at + 1) % entries.length]?.focus();
    else if (key === 'ArrowUp') entries[(at - 1 + entries.length) % entries.length]?.focus();
    else if (key === 'Home') entries[0]?.focus();
    else if (key === 'End') entries.at(-1)?.focus();
    else if (key.length === 1 && key !== ' ') {
      const after = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
      after.find((entry) => entry.textContent?.trim().toLowerCase().startsWith(key.toLowerCase()))?.focus();
    } else return;
    if (key !== 'Tab') event.preventDefault();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={className}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown') return;
          event.preventDefault();
          event.stopPropagation();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open &&
        createPortal(
          <div ref={menu} className="floating" role="menu" aria-label={label} tabIndex={-1} onKeyDown={keyDown}>
            {items.map((item) => (
              <div key={item.id} role="none">
                {item.separated && <hr />}
                <button
                  type="button"
                  role={item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
                  {...(item.checked === undefined ? {} : { 'aria-checked': item.checked })}
                  aria-disabled={item.disabledBecause !== undefined || undefined}
                  aria-description={item.disabledBecause}
                  onPointerMove={(event) => event.currentTarget.focus()}
                  onClick={() => {
                    if (item.disabledBecause !== undefined) return;
                    close();
                    item.run();
                  }}
                >
                  <span className="mark">{item.checked ? <Icon name="check" /> : item.icon && <Icon name={item.icon} />}</span>
                  <span className="grow">
                    {item.label}
                    {(item.disabledBecause ?? item.note) !== undefined && (
                      <span className="note"> {item.disabledBecause ?? item.note}</span>
                    )}
                  </span>
                  {item.keys !== undefined && <Kbd keys={item.keys} />}
                </button>
              </div>
            ))}
          </div>,
          document.body,
        )}
    </>
  );
}
