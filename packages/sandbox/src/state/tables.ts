import { Collection } from './collection.js';
import type { Kind, Records } from './records.js';

/** A collection for each kind of record, with the foreign keys that lists ask for. */
export type Tables = { readonly [K in Kind]: Collection<Records[K]> };

export function createTables(): Tables {
  return {
    customer: new Collection<Records['customer']>({ email: (c) => c.email }),
    payment_method: new Collection<Records['payment_method']>({ customer: (m) => m.customer }),
    payment_intent: new Collection<Records['payment_intent']>({ customer: (i) => i.customer }),
    charge: new Collection<Records['charge']>({
      customer: (c) => c.customer,
      payment_intent: (c) => c.intent,
      transfer_group: (c) => c.transferGroup,
    }),
    refund: new Collection<Records['refund']>({
      charge: (r) => r.charge,
      payment_intent: (r) => r.intent,
    }),
    dispute: new Collection<Records['dispute']>({
      charge: (d) => d.charge,
      payment_intent: (d) => d.intent,
    }),
    account: new Collection<Records['account']>({}),
    transfer: new Collection<Records['transfer']>({
      destination: (t) => t.destination,
      transfer_group: (t) => t.group,
      source_transaction: (t) => t.source,
    }),
    transfer_reversal: new Collection<Records['transfer_reversal']>({
      transfer: (r) => r.transfer,
    }),
    balance_transaction: new Collection<Records['balance_transaction']>({
      account: (m) => m.account,
      source: (m) => m.source,
    }),
    webhook_endpoint: new Collection<Records['webhook_endpoint']>({}),
    event: new Collection<Records['event']>({}),
  };
}
