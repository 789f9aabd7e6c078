import { randomUUID } from 'node:crypto';
import {
  type Clock,
  createEscrow,
  type Escrow,
  type EscrowPorts,
  type PaymentGateway,
  type PaymentRepository,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { Logger } from 'pino';
import {
  type AttachError,
  type AttachedDatabase,
  attachDatabase,
  attachGateway,
} from './attaching.js';
import type { Config } from './config.js';
import { createCustomerDirectory, createInbox } from './postgres/customers.js';
import { createRunStore, type RunStore } from './postgres/reconcile-runs.js';
import { createRepository } from './postgres/repository.js';
import { createReconciler, type Reconciler } from './reconciling/reconciler.js';
import { escrowSettings, systemClock } from './settings.js';

/** What an operator reads in: the database alone. */
export interface Books {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly repository: PaymentRepository;
  /** What reconciling has found so far. */
  readonly runs: RunStore;
  close(): Promise<void>;
}

/** What an operator works at: the books, and the use cases with Stripe behind them. */
export interface Desk extends Books {
  readonly escrow: Escrow;
  readonly gateway: PaymentGateway;
  readonly reconciler: Reconciler;
}

/**
 * Opens the database for one command: what a service that may be running beside it uses too.
 * Nothing embedded is started, nothing is migrated, and there is no background work.
 */
export async function openBooks(config: Config, log: Logger): Promise<Result<Books, AttachError>> {
  const attached = await attachDatabase(config, log);
  return attached.map((database) => booksOf(database, { config, log }));
}

/** Opens {@link Books} with Stripe, or the sandbox of the service that is running. */
export async function openDesk(config: Config, log: Logger): Promise<Result<Desk, AttachError>> {
  const attached = await attachDatabase(config, log);
  if (attached.isErr()) return err(attached.error);
  const connected = await attachGateway(config, log);
  if (connected.isErr()) {
    await attached.value.close();
    return err(connected.error);
  }
  const gateway = connected.value;
  const books = booksOf(attached.value, { config, log });
  const { db } = attached.value;
  const ports: EscrowPorts = {
    ...{ repository: books.repository, customers: createCustomerDirectory(db), gateway },
    ...{ inbox: createInbox(db), clock: books.clock, newId: randomUUID },
    settings: escrowSettings(config),
  };
  const escrow = createEscrow(ports);
  const { warnMs } = config.lapse;
  const { clock } = books;
  const reconciler = createReconciler({ db, gateway, escrow, clock, warnMs });
  return ok({ ...books, gateway, escrow, reconciler });
}

function booksOf(
  { db, close }: AttachedDatabase,
  { config, log }: { readonly config: Config; readonly log: Logger },
): Books {
  const [repository, runs] = [createRepository(db), createRunStore(db)];
  return { config, log, clock: systemClock, repository, runs, close };
}
