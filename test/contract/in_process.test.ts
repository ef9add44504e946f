import { inProcessPair } from '../../engine/protocol/in_process.ts';
import { serve } from '../../engine/protocol/server.ts';
import { startService } from './contract_context.ts';
import { describeContract } from './contract_suite.ts';

describeContract('an in-process pair', async () => {
  const service = startService();
  return {
    connect: async () => {
      const [near, far] = inProcessPair();
      serve(far, service);
      return near;
    },
    liveRuns: async () => service.liveRuns,
    close: async () => service.close(),
  };
});
