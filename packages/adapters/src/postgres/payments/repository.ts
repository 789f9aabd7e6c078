import type { LeaseHolder, PaymentRepository } from '@campusg-pay/core';
import type { Database } from '../connection/query.js';
import { createDuePayments } from './due-payments.js';
import { saveChange, withdrawPayment } from './payment-change.js';
import { claimPayment } from './payment-claim.js';
import { createLookups } from './payment-lookups.js';

/**
 * The payment records in Postgres. Every method is one statement, named and prepared.
 *
 * @param leaseHolder in whose name leases are taken at the moment; null where they have to run out
 */
export function createRepository(
  db: Database,
  leaseHolder: () => LeaseHolder | null = () => null,
): PaymentRepository {
  return {
    ...createLookups(db),
    ...createDuePayments(db, leaseHolder),
    claim: (payment) => claimPayment(db, payment, leaseHolder()),
    save: (change, webhook) => saveChange(db, { change, webhook, holder: leaseHolder() }),
    withdraw: (payment) => withdrawPayment(db, payment),
  };
}
