import {
  type Background,
  type Clock,
  type Escrow,
  type Finding,
  type LoopHost,
  startRecoveryWorker,
  startRetention,
  startTransferWorker,
  startUpkeepJobs,
} from '@campusg-pay/core';
import type { Database } from '../postgres/connection/query.js';
import { createJobLeases } from '../postgres/jobs/job-leases.js';
import { startConfiguredArchive } from './archive-wiring.js';
import type { Config } from './config.js';
import type { OpenGateway } from './gateway-access.js';
import type { Metrics } from './metrics-port.js';

/** What goes on by itself: open calls, what time moves on, and what is kept for a time only. */
export function startBackground(wanted: {
  readonly parts: {
    readonly config: Pick<Config, 'archive'>;
    readonly metrics: Pick<Metrics, 'finding' | 'unreadable'>;
    readonly database: { readonly db: Database };
    readonly gateway: Pick<OpenGateway, 'onClockMoved'>;
  };
  readonly host: LoopHost;
  readonly escrow: Escrow;
  readonly clock: Clock;
  readonly forgetful: Parameters<typeof startRetention>[0];
}): readonly Background[] {
  const { parts, host, escrow, clock, forgetful } = wanted;
  const jobLeases = createJobLeases(parts.database.db);
  const onFinding = ({ type }: Finding) => parts.metrics.finding(type);
  const onUnreadable = parts.metrics.unreadable;
  const all = [
    startRecoveryWorker(escrow, host),
    startTransferWorker(escrow, host),
    startUpkeepJobs({ ...host, escrow, clock, jobLeases, onFinding, onUnreadable }),
    startRetention(forgetful, { ...host, clock }),
    ...startConfiguredArchive(parts, { ...host, clock, jobLeases }),
  ];
  parts.gateway.onClockMoved(() => {
    for (const one of all) one.wake();
  });
  return all;
}
