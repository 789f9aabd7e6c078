import { randomUUID } from 'node:crypto';
import {
  type Change,
  type Clock,
  createLookBudget,
  type EscrowPorts,
  type Installation,
  type NewId,
  type PaymentGateway,
  type PaymentRepository,
  type Presence,
} from '@campusg-pay/core';
import type { Database } from '../postgres/connection/query.js';
import { createCustomerDirectory } from '../postgres/payments/customer-directory.js';
import { createRepository } from '../postgres/payments/repository.js';
import { createInbox } from '../postgres/payments/webhook-inbox.js';
import { createRunnerDirectory } from '../postgres/runners/runner-directory.js';
import type { Config } from './config.js';
import { escrowSettings, LOOKS_PER_SECOND, systemClock } from './settings.js';

/** The ports of the use cases on Postgres: the same for the service and for an operator's session. */
export function escrowPorts(parts: {
  readonly config: Config;
  readonly db: Database;
  readonly gateway: PaymentGateway;
  readonly installation: Installation;
  readonly clock?: Clock | undefined;
  readonly newId?: NewId | undefined;
  /** Of this process among the replicas; an operator's single command has none. */
  readonly presence?: Presence;
  /** Told of the events of each write once they are committed. */
  readonly onEvents?: (events: Change['events']) => void;
  /** See {@link escrowSettings}. */
  readonly ownPage?: () => string | null;
}): EscrowPorts {
  const { config, db, gateway, installation, presence, onEvents } = parts;
  const { clock = systemClock, newId = randomUUID } = parts;
  const repository = createRepository(db, presence?.holder);
  return {
    repository: onEvents === undefined ? repository : noticingEvents(repository, onEvents),
    customers: createCustomerDirectory(db),
    runners: createRunnerDirectory(db),
    inbox: createInbox(db),
    gateway,
    clock,
    newId,
    ...(presence === undefined ? {} : { underWay: presence.underWay }),
    looks: createLookBudget(systemClock, LOOKS_PER_SECOND, presence?.replicas),
    installation,
    settings: escrowSettings(config, parts.ownPage),
  };
}

/** The same repository, telling of the events of each write once they are committed. */
function noticingEvents(
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
