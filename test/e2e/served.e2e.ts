import { launchServed } from './launch_served.ts';
import { whyNotServed } from './requirements.ts';
import { workbenchSuite } from './workbench_suite.ts';

workbenchSuite('the interface in a browser', whyNotServed(), launchServed);
