// The interface's first file: chooses the host, draws the shell, starts everything that runs beside it.
import './ui/theme.css';
import './ui/buttons.css';
import './ui/fields.css';
import './ui/marks.css';
import './ui/metrics.css';
import './ui/slider.css';
import './ui/table.css';
import './ui/floating.css';
import './ui/messages.css';
import './ui/toolbar.css';
import './app/title_bar.css';
import './app/layout.css';
import './app/rail.css';
import './app/drawer.css';
import './app/status_bar.css';
import './app/palette.css';
import './app/key_sheet.css';
import './app/token_form.css';
import './app/widths.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Shell } from './app/Shell.tsx';
import { startUp } from './app/start_up.ts';
import { fetchViews } from './app/views.ts';
import { setHost } from './host/current.ts';
import { desktopBridge } from './host/desktop.ts';
import { webBridge } from './host/web.ts';

setHost(desktopBridge() ?? webBridge());
const place = document.getElementById('root');
if (!place) throw new Error('The page has no place for the interface.');
// The preferences, the theme among them, are read before anything is drawn: no flash of the other theme.
const started = startUp();
started.finally(() => {
  createRoot(place).render(
    <StrictMode>
      <Shell />
    </StrictMode>,
  );
  requestIdleCallback(fetchViews, { timeout: 2000 });
});
