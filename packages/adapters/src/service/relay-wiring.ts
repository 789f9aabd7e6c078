import { randomUUID } from 'node:crypto';
import {
  type Background,
  type Logger,
  type Outlet,
  type Presence,
  type Publisher,
  startRelay,
  startShards,
} from '@campusg-pay/core';
import { ok, type Result } from 'neverthrow';
import type { Database } from '../postgres/connection/query.js';
import { createOutbox } from '../postgres/outbox/outbox.js';
import { openShardLocks } from '../postgres/outbox/shard-locks.js';
import type { Config } from './config.js';
import { loadKafka } from './drivers.js';
import { createLogPublisher } from './log-publisher.js';
import type { NotInstalled } from './optional-package.js';
import { systemScheduler } from './settings.js';

/**
 * How long a shard rests whose relay vanished. That one may live, and hears within 3 s (see LEASE_MS)
 * that its locks are gone; then it cuts off what it has under way.
 */
const REST_MS = 5_000;

/** Where a session is opened that keeps its locks, and where it finds our tables. */
export interface LockPlace {
  readonly connectionString: string;
  readonly searchPath?: string | undefined;
}

/** Where the relay sends to. */
export interface OpenOutlet {
  readonly outlet: Outlet;
  /** How long a shard rests whose relay vanished, in milliseconds. */
  readonly restMs: number;
}

/** Kafka, or the log where no broker is configured; or what is given instead of both. */
export async function openOutlet(
  { kafka }: Config,
  log: Logger,
  publisher?: Publisher,
): Promise<Result<OpenOutlet, NotInstalled>> {
  if (publisher === undefined && kafka !== null) {
    const loaded = await loadKafka();
    return loaded.map(({ createKafkaPublisher }) => ({
      outlet: createKafkaPublisher(kafka, log),
      restMs: REST_MS,
    }));
  }
  // What goes no further than this process is not under way any more when that is gone.
  const inside = { ...(publisher ?? createLogPublisher(log)), abandon: () => {}, close: noWait };
  return ok({ outlet: inside, restMs: 0 });
}

async function noWait(): Promise<void> {}

/** Starts the relay to wherever the configuration says. */
export async function startConfiguredRelay(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly locksAt: LockPlace;
  readonly log: Logger;
}): Promise<Result<Background, NotInstalled>> {
  const opened = await openOutlet(parts.config, parts.log);
  return opened.map(({ outlet, restMs }) => startRelayTo(outlet, { ...parts, restMs }));
}

/**
 * Starts a relay with a connection of its own for its locks.
 *
 * @param parts.presence of a process that also makes calls: its lock is held by the same connection
 */
export function startRelayTo(
  outlet: Outlet,
  parts: {
    readonly db: Database;
    readonly locksAt: LockPlace;
    readonly restMs: number;
    readonly log: Logger;
    readonly presence?: Presence;
  },
): Background {
  const { db, locksAt, restMs, log, presence } = parts;
  const holder = randomUUID();
  const shards = startShards({
    open: (onLost) => openShardLocks({ ...locksAt, holder, leaseHolder: presence?.self, onLost }),
    restMs,
    onLost: outlet.abandon,
    onTaken: () => relay.wake(),
    presence,
    scheduler: systemScheduler,
    log,
  });
  const relay = startRelay({
    holder,
    outbox: createOutbox(db),
    shards,
    outlet,
    scheduler: systemScheduler,
    log,
  });
  return relay;
}
