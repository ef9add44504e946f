import { HeadscopeError } from '../../../protocol/errors.ts';
import { command } from '../command.ts';
import { countingNumber, text, value } from '../options.ts';

export const serve = command({
  name: 'serve',
  summary: 'Serve the interface to a browser (not in this version).',
  usage: 'headscope serve [--host H] [--port P] [--models DIR]',
  options: {
    host: value('H', 'address to listen on', text),
    port: value('P', 'port to listen on', countingNumber),
    models: value('DIR', 'folder of models to offer', text),
  },
  run: async () => {
    throw new HeadscopeError('BACKEND_UNAVAILABLE', 'headscope serve comes with the interface, which this version does not have yet.');
  },
});
