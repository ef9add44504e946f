// Serves the built interface over the synthetic engine on a free port of loopback; prints {"url"} and stays until it is killed.
// usage: node synthetic_host.mjs FOLDER ROWS LAYERS HEADS
import { startServer } from '../../engine/hosts/server.ts';
import { syntheticEngine } from './synthetic_engine.ts';

const [folder, rows, layers, heads] = process.argv.slice(2);
const service = syntheticEngine({ rows: Number(rows), layers: Number(layers), heads: Number(heads) });
const { url } = await startServer({ service, folder, host: '127.0.0.1', port: 0 });
process.stdout.write(`${JSON.stringify({ url })}\n`);
