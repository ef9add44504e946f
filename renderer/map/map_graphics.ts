// The graphics context of the picture: there, refused, lost and given back. What is wrong with it is said in the map's status.
import type { KeptCounts } from './kept_counts.ts';
import { MapRenderer } from './map_renderer.ts';
import { noteStatus } from './map_status.ts';

const words = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

export class MapGraphics {
  readonly renderer: MapRenderer | null = null;
  readonly stop: () => void;

  /** `restored`: everything must be drawn anew. */
  constructor(picture: HTMLCanvasElement, kept: KeptCounts, restored: () => void) {
    const lost = (event: Event) => {
      event.preventDefault();
      noteStatus({ graphicsError: 'The graphics context was lost. The picture returns when the browser gives it back.' });
    };
    const back = () => {
      try {
        this.renderer?.restore();
        noteStatus({ graphicsError: null });
      } catch (thrown) {
        noteStatus({ graphicsError: words(thrown) });
      }
      restored();
    };
    picture.addEventListener('webglcontextlost', lost);
    picture.addEventListener('webglcontextrestored', back);
    this.stop = () => {
      picture.removeEventListener('webglcontextlost', lost);
      picture.removeEventListener('webglcontextrestored', back);
    };
    try {
      this.renderer = new MapRenderer(picture, kept);
      noteStatus({ graphicsError: null });
    } catch (thrown) {
      noteStatus({ graphicsError: words(thrown) });
    }
  }
}
