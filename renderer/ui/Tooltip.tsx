import { cloneElement, type ReactElement, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { createPortal } from 'react-dom';
import { placeBeside } from './anchored.ts';
import { Kbd } from './Kbd.tsx';

const DELAY_MS = 500;

interface Anchor {
  onPointerEnter?: (event: React.PointerEvent<HTMLElement>) => void;
  onPointerLeave?: (event: React.PointerEvent<HTMLElement>) => void;
  onFocus?: (event: React.FocusEvent<HTMLElement>) => void;
  onBlur?: (event: React.FocusEvent<HTMLElement>) => void;
  onPointerDown?: (event: React.PointerEvent<HTMLElement>) => void;
}

/** Where the hint is put: in its control's landmark, but not in a dialog, whose box would take it along. */
function landmarkOf(anchor: HTMLElement): HTMLElement {
  const place = anchor.closest<HTMLElement>('[role="dialog"], header, nav, main, aside');
  return place && place.getAttribute('role') !== 'dialog' ? place : document.body;
}

/** A hint after half a second of hovering or keyboard focus. Repeats a name or adds keys: nothing that is needed to use the control. */
export function Tooltip({ text, keys, children }: { text: string; keys?: string | undefined; children: ReactElement<Anchor> }) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const tip = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!anchor) return;
    const onEscape = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setAnchor(null);
    };
    window.addEventListener('keydown', onEscape);
    return () => window.removeEventListener('keydown', onEscape);
  }, [anchor]);
  useLayoutEffect(() => {
    if (anchor && tip.current) placeBeside(tip.current, anchor, 'centre');
  }, [anchor]);

  const show = (element: HTMLElement) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setAnchor(element), DELAY_MS);
  };
  const hide = () => {
    clearTimeout(timer.current);
    setAnchor(null);
  };
  const { props } = children;
  return (
    <>
      {cloneElement(children, {
        onPointerEnter: (event) => {
          props.onPointerEnter?.(event);
          show(event.currentTarget);
        },
        onPointerLeave: (event) => {
          props.onPointerLeave?.(event);
          hide();
        },
        onFocus: (event) => {
          props.onFocus?.(event);
          if (event.currentTarget.matches(':focus-visible')) show(event.currentTarget);
        },
        onBlur: (event) => {
          props.onBlur?.(event);
          hide();
        },
        onPointerDown: (event) => {
          props.onPointerDown?.(event);
          hide();
        },
      })}
      {anchor &&
        createPortal(
          <div ref={tip} id={id} className="tip" role="tooltip">
            <span>{text}</span>
            {keys !== undefined && <Kbd keys={keys} />}
          </div>,
          landmarkOf(anchor),
        )}
    </>
  );
}
