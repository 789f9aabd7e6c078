import { randomUUID } from 'node:crypto';
import type {
  Announcement,
  Background,
  Change,
  Logger,
  PaymentEvent,
  PaymentRepository,
} from '@campusg-pay/core';
import {
  isReply,
  type Outlet,
  type Publisher,
  type Reply,
  startRelay,
  startShards,
} from '@campusg-pay/core';
import { createKafkaPublisher } from '../kafka/publisher.js';
import type { Database } from '../postgres/connection/pool.js';
import { createOutbox } from '../postgres/outbox/outbox.js';
import { openShardLocks } from '../postgres/outbox/shard-locks.js';
import type { Config } from './config.js';
import { systemScheduler } from './settings.js';

/** Publishes to the log: what runs where no broker is configured. */
export function createLogPublisher(log: Logger): Publisher {
  return {
    publish: async (outgoing) => {
      for (const one of outgoing) {
        if (isReply(one)) log.info(answered(one), 'reply');
        else log.info(described(one), 'event');
      }
    },
  };
}

function answered({ reply, command, correlationId }: Reply) {
  const error = reply.type === 'refused' ? reply.error : undefined;
  return { command, correlationId, reply: reply.type, error, paymentId: reply.payment?.paymentId };
}

function described({ event, ...facts }: Announcement) {
  return { event: `payment.${event.type}`, ...facts, ...reasonOf(event) };
}

/** Why it happened, as far as the event itself tells. */
function reasonOf(event: PaymentEvent) {
  switch (event.type) {
    case 'failed':
      return { failureCode: event.failure.code, declineCode: event.failure.declineCode };
    case 'reverted':
      return { revertMethod: event.revertMethod, reason: event.reason };
    case 'review_needed':
      return { review: event.reason };
    case 'reviewed':
      return { note: event.note };
    default:
      return {};
  }
}

/**
 * How long a shard rests whose relay vanished. That one may live, and hears within 3 s (see LEASE_MS)
 * that its locks are gone; then it cuts off what it has under way.
 */
const SETTLE_MS = 5_000;

/** Starts the relay to Kafka, or to the log where no broker is configured. */
export function startPublishing(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly connectionString: string;
  readonly log: Logger;
  /** Instead of both. */
  readonly publisher: Publisher | undefined;
}): Background {
  const { config, publisher, log } = parts;
  if (publisher === undefined && config.kafka !== null) {
    const outlet = createKafkaPublisher(config.kafka, log);
    return startRelayTo(outlet, { ...parts, settleMs: SETTLE_MS });
  }
  // What goes no further than this process is not under way any more when that is gone.
  const inside = { ...(publisher ?? createLogPublisher(log)), abandon: () => {}, close: noWait };
  return startRelayTo(inside, { ...parts, settleMs: 0 });
}

async function noWait(): Promise<void> {}

/** Starts a relay with a connection of its own for its locks. */
export function startRelayTo(
  outlet: Outlet,
  parts: {
    readonly db: Database;
    readonly connectionString: string;
    readonly settleMs: number;
    readonly log: Logger;
  },
): Background {
  const { db, connectionString, settleMs, log } = parts;
  const holder = randomUUID();
  const shards = startShards({
    open: (onLost) => openShardLocks({ connectionString, holder, onLost }),
    settleMs,
    onLost: outlet.abandon,
    onTaken: () => relay.wake(),
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

/** The same repository, telling of the events of each write once they are committed. */
export function noticingEvents(
  repository: PaymentRepository,
  notice: (events: Change['events']) => void,
): PaymentRepository {
  return {
    ...repository,
    save: async (change, webhook) => {
      const saved = await repository.save(change, webhook);
      if (saved.isOk() && saved.value === 'saved' && change.events.length > 0)
        notice(change.events);
      return saved;
    },
  };
}
