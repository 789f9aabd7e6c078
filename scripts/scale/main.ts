// What docs/scale.md says, to be seen again. Not for CI: each takes minutes and a quiet machine.
//
//   npm run scale -- failover [rounds]      a primary is lost, its standby promoted
//   npm run scale -- fdw                    partitions on two other servers by postgres_fdw
//   npm run scale -- shardingsphere         a proxy before two servers; Java 17 and Maven are needed

import { failover } from './failover.js';
import { tryFdw, tryShardingSphere } from './statements.js';

const [what = '', ...rest] = process.argv.slice(2);
const trials: Record<string, () => Promise<void>> = {
  failover: () => failover(...rest.map(Number)),
  fdw: tryFdw,
  shardingsphere: tryShardingSphere,
};

const trial = trials[what];
if (trial === undefined) {
  console.error(`usage: npm run scale -- <${Object.keys(trials).join('|')}>`);
  process.exitCode = 2;
} else {
  await trial();
}
