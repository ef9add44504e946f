import { type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { placeBeside } from './anchored.ts';
import { Icon } from './Icon.tsx';

export interface SelectOption<V extends string> {
  value: V;
  /** What typing finds. */
  text: string;
  label?: ReactNode;
  note?: ReactNode;
  /** Options that follow each other under one heading. */
  group?: string;
  /** Why it cannot be chosen; it keeps its place and says so. */
  disabledBecause?: string | undefined;
}

export interface SelectProps<V extends string> {
  label: string;
  options: readonly SelectOption<V>[];
  value: V | null;
  onChange: (value: V) => void;
  /** Boxed where it names the object on screen; the label is then for readers only. */
  boxed?: boolean;
  placeholder?: string;
}

/** One of six or more: a button with a list box. Arrows move, letters find, Enter chooses, Escape leaves. */
export function Select<V extends string>({ label, options, value, onChange, boxed = false, placeholder = 'Choose' }: SelectProps<V>) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const typed = useRef({ text: '', at: 0 });
  const id = useId();
  const chosen = options.find((option) => option.value === value);

  useLayoutEffect(() => {
    if (!open || !list.current || !button.current) return;
    placeBeside(list.current, button.current);
    list.current.querySelector('.is-on')?.scrollIntoView?.({ block: 'nearest' });
  });
  useEffect(() => {
    if (!open) return;
    const away = (event: PointerEvent) => {
      const { target } = event;
      if (target instanceof Node && !list.current?.contains(target) && !button.current?.contains(target)) setOpen(false);
    };
    window.addEventListener('pointerdown', away, true);
    return () => window.removeEventListener('pointerdown', away, true);
  }, [open]);

  const show = () => {
    setActive(Math.max(0, chosen ? options.indexOf(chosen) : 0));
    setOpen(true);
  };
  const choose = (index: number) => {
    const option = options[index];
    if (option?.disabledBecause !== undefined) return;
    setOpen(false);
    if (option) onChange(option.value);
  };
  const find = (letter: string) => {
    const now = Date.now();
    const text = now - typed.current.at < 700 ? typed.current.text + letter : letter;
    typed.current = { text, at: now };
    const found = options.findIndex((option) => option.text.toLowerCase().startsWith(text.toLowerCase()));
    if (found >= 0) setActive(found);
  };
  const keyDown = (event: KeyboardEvent) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A dialog around it closes by Escape and keeps Tab inside.
    if (open || (key !== 'Escape' && key !== 'Tab')) event.stopPropagation();
    if (!open) {
      if (['ArrowDown', 'ArrowUp', 'Enter', ' '].includes(key)) {
        event.preventDefault();
        show();
      }
      return;
    }
    const last = options.length - 1;
    const to = { ArrowDown: Math.min(last, active + 1), ArrowUp: Math.max(0, active - 1), Home: 0, End: last }[key];
    if (to !== undefined) setActive(to);
    else if (key === 'Enter' || key === ' ') choose(active);
    else if (key === 'Escape' || key === 'Tab') setOpen(false);
    else if (key.length === 1) find(key);
    else return;
    if (key !== 'Tab') event.preventDefault();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className={boxed ? 'sel sel--box' : 'sel'}
        role="combobox"
        aria-label={label}
        aria-haspopup="listbox"
        aria-expanded={open}
        aria-controls={open ? `${id}-list` : undefined}
        aria-activedescendant={open ? `${id}-${active}` : undefined}
        onClick={() => (open ? setOpen(false) : show())}
        onKeyDown={keyDown}
      >
        {!boxed && <span className="lbl">{label}</span>}
        <span className={boxed ? 'b trunc' : 'trunc'}>{chosen ? (chosen.label ?? chosen.text) : placeholder}</span>
        <Icon name="chevron-down" />
      </button>
      {open &&
        createPortal(
          <div
            ref={list}
            id={`${id}-list`}
            className="floating"
            role="listbox"
            aria-label={label}
            tabIndex={-1}
            // The focus stays on the combobox; the list goes away under it.
            onMouseDown={(event) => event.preventDefault()}
          >
            {options.map((option, index) => [
              option.group !== undefined && option.group !== options[index - 1]?.group && (
                <div key={`group ${option.group}`} className="grp" role="presentation">
                  {option.group}
                </div>
              ),
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox holds the focus and takes the keys
              // biome-ignore lint/a11y/useFocusableInteractive: it is reached by aria-activedescendant
              <div
                key={option.value}
                id={`${id}-${index}`}
                role="option"
                aria-selected={option.value === value}
                aria-disabled={option.disabledBecause !== undefined || undefined}
                aria-description={option.disabledBecause}
                className={index === active ? 'is-on' : undefined}
                onPointerMove={() => setActive(index)}
                onClick={() => choose(index)}
              >
                <span className="mark">{option.value === value && <Icon name="check" />}</span>
                <span className="grow">
                  {option.label ?? option.text}
                  {option.disabledBecause !== undefined && <span className="note why">{option.disabledBecause}</span>}
                </span>
                {option.disabledBecause === undefined && option.note !== undefined && <span className="note">{option.note}</span>}
              </div>,
            ])}
          </div>,
          document.body,
        )}
    </>
  );
}
