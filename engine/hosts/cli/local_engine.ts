// The engine in this process, reached through the same protocol as from anywhere else. The user at the terminal is the host: every
// path may be read and files may be written.
import { Client } from '../../protocol/client.ts';
import { inProcessPair } from '../../protocol/in_process.ts';
import { serve } from '../../protocol/server.ts';
import { EngineService } from '../../service/engine_service.ts';
import { assetsFolder } from '../program_files.ts';

export async function connectLocalEngine(): Promise<Client> {
  const [near, far] = inProcessPair();
  serve(far, new EngineService({ policy: { readPaths: 'any', writeFiles: true }, library: { assets: assetsFolder(), folders: [] } }));
  const client = new Client(near, { name: 'headscope command line' });
  await client.ready();
  return client;
}
