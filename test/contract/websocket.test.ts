import { WebSocket } from 'ws';
import { CLIENT_LIMITS } from '../../engine/hosts/serve/clients.ts';
import { WebSocketTransport } from '../../engine/hosts/serve/websocket_transport.ts';
import { startServer } from '../../engine/hosts/server.ts';
import { startService } from './contract_context.ts';
import { describeContract } from './contract_suite.ts';

describeContract('a WebSocket', async () => {
  const service = startService();
  // The suite leaves its clients open until the end.
  const server = await startServer({ service, folder: undefined, host: '127.0.0.1', port: 0, limits: { clients: 200 } });
  return {
    connect: async () => {
      const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { perMessageDeflate: false });
      const transport = new WebSocketTransport(socket, CLIENT_LIMITS);
      await new Promise((resolve, reject) => {
        socket.once('open', resolve);
        socket.once('error', reject);
      });
      return transport;
    },
    liveRuns: async () => service.liveRuns,
    close: async () => {
      await server.close();
      service.close();
    },
  };
});
