// The viewport as React may follow it: once it has rested.
import { useEffect, useState } from 'react';
import { type Viewport, viewport, viewportsStore } from '../state/viewports.ts';

export function useSettledView(restMs: number): Viewport {
  const [view, setView] = useState(() => viewport());
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = viewportsStore.subscribe(() => {
      clearTimeout(timer);
      timer = setTimeout(() => setView(viewport()), restMs);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [restMs]);
  return view;
}
