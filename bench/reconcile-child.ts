// One run, in a process of its own so that its memory is its own. Started by reconcile.ts.

import { createPool } from '../packages/adapters/src/postgres/connection/pool.js';
import { reconcilerFor } from '../packages/adapters/test/drift-lab/lab.js';

const wanted = JSON.parse(process.argv[2] ?? '{}') as {
  readonly connectionString: string;
  readonly url: string;
  /** Payments after which the run is interrupted. */
  readonly stopAt: number | null;
  readonly resume?: number;
  /** How far back to go. */
  readonly days?: number;
  /** The id of the installation, where it is not the laboratory's. */
  readonly installation?: string;
};
const { connectionString, url, stopAt, resume, days = 8, installation } = wanted;

const NONE = { theirs: 0, ours: 0 };

const pool = createPool({
  connectionString,
  applicationName: 'bench',
  max: 4,
  statementTimeoutMs: 120_000,
});
const reconciler = reconcilerFor(
  pool,
  { url },
  undefined,
  installation === undefined ? undefined : { id: installation, namedSince: null },
);
const stop = new AbortController();
let heap = 0;
const watch = setInterval(() => {
  heap = Math.max(heap, process.memoryUsage().heapUsed);
}, 100);

const began = performance.now();
const now = new Date();
const begun =
  resume === undefined
    ? await reconciler.begin({
        from: new Date(now.getTime() - days * 86_400_000),
        to: now,
        older: true,
        startedBy: 'bench',
      })
    : (await reconciler.runs.find(resume)).map((run) => {
        if (run === null) throw new Error(`no run ${resume}`);
        return run;
      });
const gone = await reconciler.goOn(begun._unsafeUnwrap(), {
  stop: stop.signal,
  onNews: ({ payments }) => {
    if (stopAt !== null && payments >= stopAt) stop.abort();
  },
});
const ms = performance.now() - began;
clearInterval(watch);
const { id, found, progress } = gone._unsafeUnwrap();
await pool.end();
console.log(
  JSON.stringify({
    runId: id,
    intents: progress.intents,
    payments: progress.payments,
    transfers: progress.transfers ?? NONE,
    refunds: progress.refunds ?? NONE,
    ms,
    drifts: found.reduce((sum, count) => sum + count, 0),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    cpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
    heapMegabytes: Math.round(heap / 1024 / 1024),
  }),
);
