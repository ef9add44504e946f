// Node's ports behave as Electron's do where the contract looks: messages are structured clones, and the other end hears a close.
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Port, portTransport } from '../../engine/protocol/message_port.ts';
import { serve } from '../../engine/protocol/server.ts';
import { startService } from './contract_context.ts';
import { describeContract } from './contract_suite.ts';

function nodePort(port: MessagePort): Port {
  return {
    post: (message) => port.postMessage(message),
    listen: (onMessage, onClose) => {
      port.on('close', onClose);
      port.on('message', onMessage);
    },
    close: () => port.close(),
  };
}

describeContract('a MessagePort', async () => {
  const service = startService();
  return {
    connect: async () => {
      const { port1, port2 } = new MessageChannel();
      serve(portTransport(nodePort(port2)), service);
      return portTransport(nodePort(port1));
    },
    liveRuns: async () => service.liveRuns,
    close: async () => service.close(),
  };
});
