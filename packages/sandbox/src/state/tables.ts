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
    }),
    refund: new Collection<Records['refund']>({
      charge: (r) => r.charge,
      payment_intent: (r) => r.intent,
    }),
    dispute: new Collection<Records['dispute']>({
      charge: (d) => d.charge,
      payment_intent: (d) => d.intent,
    }),
    webhook_endpoint: new Collection<Records['webhook_endpoint']>({}),
    event: new Collection<Records['event']>({}),
  };
}
