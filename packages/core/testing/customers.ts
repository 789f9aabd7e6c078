import type { CustomerDirectory, CustomerEntry } from '@campusg-pay/core';

/** The customer directory in memory, by the platform's customer id. */
export type Customers = Map<string, CustomerEntry>;

export function reserve(
  customers: Customers,
  { customerId, key, now }: { customerId: string; key: string; now: Date },
): CustomerEntry {
  const record = customers.get(customerId) ?? {
    customerId,
    key,
    requestedAt: now,
    stripeCustomerId: null,
  };
  customers.set(customerId, record);
  return record;
}

export function renew(
  customers: Customers,
  { record, key, now }: Parameters<CustomerDirectory['renew']>[0],
): void {
  const current = customers.get(record.customerId);
  const same =
    current?.key === record.key &&
    current.stripeCustomerId === record.stripeCustomerId &&
    current.requestedAt.getTime() === record.requestedAt.getTime();
  if (same)
    customers.set(record.customerId, { ...record, stripeCustomerId: null, key, requestedAt: now });
}

export function remember(
  customers: Customers,
  { customerId, stripeCustomerId }: { customerId: string; stripeCustomerId: string },
): string {
  const record = customers.get(customerId);
  if (record === undefined) throw new Error('bug: remembered before it was reserved');
  const kept = record.stripeCustomerId ?? stripeCustomerId;
  customers.set(customerId, { ...record, stripeCustomerId: kept });
  return kept;
}
