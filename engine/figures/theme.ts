// The colours of the figures and of the report, by theme. Exported pictures use the light one.
import type { Rgb } from './raster.ts';

const hex = (code: string): Rgb => [
  Number.parseInt(code.slice(1, 3), 16),
  Number.parseInt(code.slice(3, 5), 16),
  Number.parseInt(code.slice(5, 7), 16),
];

export interface Theme {
  name: 'light' | 'dark';
  surface: Rgb;
  /** Zero attention. */
  plate: Rgb;
  /** Above the diagonal, where nothing can be attended. */
  void: Rgb;
  line: Rgb;
  /** Marks that must be seen: ticks, edges. */
  control: Rgb;
  text: Rgb;
  text2: Rgb;
  text3: Rgb;
  mask: Rgb;
  maskLine: Rgb;
  /** Missed mass: numbers, and bars. */
  miss: Rgb;
  missFill: Rgb;
}

export const LIGHT: Theme = {
  name: 'light',
  surface: hex('#ffffff'),
  plate: hex('#ffffff'),
  void: hex('#f3f4f6'),
  line: hex('#c8cdd4'),
  control: hex('#858e9b'),
  text: hex('#15181c'),
  text2: hex('#464e59'),
  text3: hex('#5d6673'),
  mask: hex('#086a7d'),
  maskLine: hex('#0891a8'),
  miss: hex('#bb3e0a'),
  missFill: hex('#e2560f'),
};

export const DARK: Theme = {
  name: 'dark',
  surface: hex('#17191d'),
  plate: hex('#0c0e10'),
  void: hex('#14161a'),
  line: hex('#3a4049'),
  control: hex('#6c7682'),
  text: hex('#e7e9ec'),
  text2: hex('#b1b8c2'),
  text3: hex('#8f98a4'),
  mask: hex('#46c9dd'),
  maskLine: hex('#46c9dd'),
  miss: hex('#ff8d5c'),
  missFill: hex('#ff6f33'),
};
