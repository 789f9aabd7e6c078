import type { PaymentRepository } from '@campusg-pay/core';
import type { Database } from '../connection/query.js';
import { createDuePayments } from './due-payments.js';
import { saveChange, withdrawPayment } from './payment-change.js';
import { claimPayment } from './payment-claim.js';
import { createLookups } from './payment-lookups.js';

/** The payment records in Postgres. Every method is one statement, named and prepared. */
export function createRepository(db: Database): PaymentRepository {
  return {
    ...createLookups(db),
    ...createDuePayments(db),
    claim: (payment) => claimPayment(db, payment),
    save: (change, webhook) => saveChange(db, change, webhook),
    withdraw: (payment) => withdrawPayment(db, payment),
  };
}
