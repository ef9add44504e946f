// Canvases that are painted by hand: some text, rows of pixels, small shapes by the thousand.

/** Painted by the processor and handed to the graphics as one picture, which is sooner done than shape by shape, and needs no waiting for
 * the graphics where pixels are read back. `opaque`: nothing below it shows through. Every caller of one canvas asks for the same. */
export const paintingOn = (canvas: HTMLCanvasElement, { opaque = false } = {}): CanvasRenderingContext2D | null =>
  canvas.getContext('2d', { willReadFrequently: true, alpha: !opaque });
