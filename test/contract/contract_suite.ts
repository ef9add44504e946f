// What every transport to an engine has to keep, over the real engine and the bundled model.
import { afterAll, beforeAll, describe } from 'vitest';
import { ContractContext, type EngineUnderTest } from './contract_context.ts';
import { describeGreeting } from './greeting_contract.ts';
import { describeJobs } from './job_contract.ts';
import { describeMissed } from './missed_contract.ts';
import { describePatterns } from './pattern_contract.ts';
import { describeRefusals } from './refusal_contract.ts';
import { describeRuns } from './run_contract.ts';
import { describeWholeModel } from './whole_model_contract.ts';

export function describeContract(name: string, start: () => Promise<EngineUnderTest>): void {
  describe(`the protocol over ${name}`, () => {
    const under = new ContractContext();
    beforeAll(() => under.start(start));
    afterAll(() => under.close());
    describeGreeting(under);
    describeRefusals(under);
    describeRuns(under);
    describePatterns(under);
    describeMissed(under);
    describeWholeModel(under);
    describeJobs(under);
  });
}
