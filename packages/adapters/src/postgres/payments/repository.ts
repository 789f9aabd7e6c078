import type { LeaseHolder, PaymentRepository } from '@campusg-pay/core';
import type { Database } from '../connection/query.js';
import { createDuePayments } from './due-payments.js';
import { createChanges, withdrawPayment } from './payment-change.js';
import { createClaims } from './payment-claim.js';
import { createLookups } from './payment-lookups.js';

/**
 * The payment records in Postgres. Every method is one statement, named and prepared;
 * claims and changes that come together share one.
 *
 * @param leaseHolder in whose name leases are taken at the moment; null where they have to run out
 */
export function createRepository(
  db: Database,
  leaseHolder: () => LeaseHolder | null = () => null,
): PaymentRepository {
  const lookups = createLookups(db);
  const claim = createClaims(db, lookups.find);
  const save = createChanges(db);
  return {
    ...lookups,
    ...createDuePayments(db, leaseHolder),
    claim: (payment) => claim({ payment, holder: leaseHolder() }),
    save: (change, webhook) => save({ change, webhook, holder: leaseHolder() }),
    withdraw: (payment) => withdrawPayment(db, payment),
  };
}
