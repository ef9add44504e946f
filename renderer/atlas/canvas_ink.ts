// The theme's colours for a canvas, read from the style sheet's tokens so that they are written down once.

export interface CanvasInk {
  surface: string;
  text: string;
  text2: string;
  text3: string;
  accent: string;
  line2: string;
  void: string;
  control: string;
  missFill: string;
  miss: string;
  maskLine: string;
  font: string;
}

export function canvasInk(element: Element): CanvasInk {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(name).trim() || '#808080';
  return {
    surface: token('--surface'),
    text: token('--text'),
    text2: token('--text-2'),
    text3: token('--text-3'),
    accent: token('--accent'),
    line2: token('--line-2'),
    void: token('--void'),
    control: token('--control'),
    missFill: token('--miss-fill'),
    miss: token('--miss'),
    maskLine: token('--mask-line'),
    font: style.fontFamily || 'sans-serif',
  };
}
