import { err, type Result } from 'neverthrow';
import type { PaymentSearch } from '../listing/payment-search.js';
import type { Payment } from '../payment/payment.js';
import type { DatabaseFault } from '../ports.js';

/** The payment that a person means, and what else its order had. */
export interface Named {
  readonly payment: Payment;
  /** The other payments of its order, newest first. */
  readonly others: readonly Payment[];
}

export type NamingError =
  | { readonly type: 'NothingNamed'; readonly text: string }
  /** The text is a payment's id, and the id of an order that is not that payment's. */
  | { readonly type: 'AmbiguousName'; readonly text: string };

/**
 * Finds a payment by whatever a person has at hand: its id, its PaymentIntent, or its order, whose
 * latest payment is meant then. `order:` and `payment:` before it say which.
 */
export async function findNamed(
  looking: PaymentSearch,
  text: string,
): Promise<Result<Named, NamingError | DatabaseFault>> {
  const [, kind, rest] = /^(order|payment):(.+)$/su.exec(text) ?? [];
  const whole = await looking.named(text);
  if (whole.isErr()) return err(whole.error);
  // Ids may hold a colon themselves.
  if (whole.value.length > 0 || rest === undefined) return choose(looking, text, whole.value);
  const found = await looking.named(rest);
  if (found.isErr()) return err(found.error);
  const isMeant = ({ id, orderId }: Payment) => (kind === 'order' ? orderId : id) === rest;
  return choose(looking, rest, found.value.filter(isMeant));
}

async function choose(
  looking: PaymentSearch,
  text: string,
  found: readonly Payment[],
): Promise<Result<Named, NamingError | DatabaseFault>> {
  const byOrder = found.filter(({ orderId }) => orderId === text);
  const [itself] = found.filter(({ orderId }) => orderId !== text);
  if (itself !== undefined && byOrder.length > 0) return err({ type: 'AmbiguousName', text });
  const payment = itself ?? byOrder.find(({ id }) => id === text) ?? byOrder[0];
  if (payment === undefined) return err({ type: 'NothingNamed', text });
  const all = await looking.named(payment.orderId);
  return all.map((payments) => ({
    payment,
    others: payments.filter((one) => one.orderId === payment.orderId && one.id !== payment.id),
  }));
}
