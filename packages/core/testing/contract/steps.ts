import {
  apply,
  type InitiatingPayment,
  type Payment,
  type PaymentRepository,
  type ReleasedPayment,
  type Step,
  type Transfer,
} from '@campusg-pay/core';
import { expect } from 'vitest';
import { asked, authorized, closes, learned, opens, released } from '../samples.js';
import { got } from './outcome.js';

/** How many callers at once the suites let loose on one thing. */
export const MANY = 20;

/** What one write of a story records, made from the payment before it. */
export type Write = (payment: Payment) => readonly Step[];

/** Writes a story, write after write, and reads the payment back after each. */
export async function saveAll(
  repository: PaymentRepository,
  first: Payment,
  writes: readonly Write[],
): Promise<Payment> {
  let payment = first;
  for (const write of writes) {
    const later = new Date(payment.updatedAt.getTime() + 1001);
    const change = apply(payment, write(payment), later);
    expect(got(await repository.save(change))).toBe('saved');
    const found = await repository.find({ paymentId: payment.id });
    expect(got(found)).toEqual(change.payment);
    payment = change.payment;
  }
  return payment;
}

/** Claims a payment and writes down that it is held. */
export async function saveHold(
  repository: PaymentRepository,
  wanted: Partial<InitiatingPayment> = {},
): Promise<Payment> {
  const payment = await claimed(repository, asked(wanted));
  return saveAll(repository, payment, [(it) => [closes(it), learned(it), authorized(it)]]);
}

/** Claims a payment and writes down that it is held, and taken for a runner. */
export async function saveRelease(
  repository: PaymentRepository,
  transfer: Transfer | null,
  wanted: Partial<InitiatingPayment> = {},
): Promise<ReleasedPayment> {
  const capture = { kind: 'capture', params: { runnerId: null } } as const;
  const payment = await saveAll(repository, await saveHold(repository, wanted), [
    () => [opens(capture)],
    (it) => [closes(it), released(transfer)],
  ]);
  if (payment.status !== 'RELEASED') throw new Error(`not released but ${payment.status}`);
  return payment;
}

/** Writes steps that a payment is read for again: nothing else has moved it. */
export async function saveOnto(
  repository: PaymentRepository,
  { id }: Payment,
  steps: (payment: ReleasedPayment) => readonly Step[],
) {
  const payment = got(await repository.find({ paymentId: id }));
  if (payment?.status !== 'RELEASED') throw new Error(`not released but ${payment?.status}`);
  return repository.save(apply(payment, steps(payment), payment.updatedAt));
}

/** Claims a payment that nothing stands against. */
export async function claimed(
  repository: PaymentRepository,
  wanted: InitiatingPayment,
): Promise<Payment> {
  const claim = got(await repository.claim(wanted));
  if (claim.type !== 'claimed') throw new Error(`not claimed but ${claim.type}`);
  return claim.payment;
}
