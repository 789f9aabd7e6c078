// What docs/scale.md says, to be seen again. Not for CI: each takes minutes and a quiet machine.
//
//   npm run scale -- failover [rounds]      a primary is lost, its standby promoted

import { failover } from './failover.js';

const [what = '', ...rest] = process.argv.slice(2);
const trials: Record<string, () => Promise<void>> = {
  failover: () => failover(...rest.map(Number)),
};

const trial = trials[what];
if (trial === undefined) {
  console.error(`usage: npm run scale -- <${Object.keys(trials).join('|')}>`);
  process.exitCode = 2;
} else {
  await trial();
}
