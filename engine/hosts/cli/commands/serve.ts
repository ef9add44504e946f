import { statSync } from 'node:fs';
import { delimiter } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HeadscopeError } from '../../../protocol/errors.ts';
import { command } from '../command.ts';
import { flag, text, UsageError, value, wholeNumber } from '../options.ts';

const port = (raw: string, name: string): number => {
  const number = wholeNumber(raw, name);
  if (number > 65_535) throw new UsageError(`--${name} takes a port from 0 to 65535, not '${raw}'.`);
  return number;
};

function folders(list: string | undefined): string[] {
  const named = (list ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const folder of named) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) continue;
    throw new HeadscopeError('FILE_NOT_FOUND', `There is no folder ${folder}. --models takes the folder that holds model folders.`, {
      folder,
    });
  }
  return named;
}

/** How long after a Ctrl+C npm's copy of it may come. */
const REPEAT_MS = 250;

const stopped = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

export const serve = command({
  name: 'serve',
  summary: 'Serve the interface to a browser, on this machine or from it.',
  usage: 'headscope serve [--host H] [--port P] [--models DIR] [--token] [--json]',
  details: [
    'Runs until it is interrupted. On another host than loopback every client needs the token that is printed once; so it does on',
    'loopback with --token, for machines that others are logged in to. Clients see the bundled model and what lies below --models',
    '(model folders, saved runs, captures, configs), by name; they write no files here: what they export goes to their browser.',
    'Through ssh: ssh -L 4173:127.0.0.1:4173 that-machine, headscope serve there, and http://127.0.0.1:4173 here.',
    'With --json: one line {"url", "token"?} when it is ready.',
  ].join('\n'),
  options: {
    host: value('H', 'name or address to listen on (default 127.0.0.1)', text),
    port: value('P', 'port; 0 picks a free one (default 4173, or the next free one)', port),
    models: value('DIR', `folder to offer; several with '${delimiter}' between them`, text),
    token: flag('ask for the token on loopback too'),
  },
  run: async ({ values, io, json, say, note, signal }) => {
    const offered = folders(values.models);
    const [{ DEFAULT_PORT, startServer }, { startServedEngine }, { interfaceFolder }] = await Promise.all([
      import('../../server.ts'),
      import('../../serve/served_engine.ts'),
      import('../../program_files.ts'),
    ]);
    const folder = interfaceFolder();
    if (folder === undefined) note('The interface is not built, so only programs can connect. Build it: npm run build');
    const service = startServedEngine(offered);
    try {
      const server = await startServer({
        service,
        folder,
        host: values.host ?? '127.0.0.1',
        port: values.port,
        askToken: values.token,
      });
      if (values.port === undefined && server.port !== DEFAULT_PORT) note(`Port ${DEFAULT_PORT} is in use; this is ${server.port}.`);
      if (json) io.stdout.write(`${JSON.stringify({ url: server.url, ...(server.token === undefined ? {} : { token: server.token }) })}\n`);
      say(`Headscope is at ${server.url}`);
      if (server.token !== undefined) say(`Its token, which every client is asked for: ${server.token}`);
      say('Stop it with Ctrl+C.');
      await stopped(signal);
      await server.close();
      // npm repeats the Ctrl+C that the terminal sent: it should find a process that listens, not one that is being torn down.
      await pause(REPEAT_MS);
    } finally {
      service.close();
    }
    return undefined;
  },
});
