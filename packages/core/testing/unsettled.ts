import { isLapsed, type Payment, type PaymentRepository } from '@campusg-pay/core';

/** The payments that owe no call and that only the gateway can tell more about. */
export function unsettled(
  payments: readonly Payment[],
  { initiatingBefore, now, after, limit }: Parameters<PaymentRepository['unsettled']>[0],
): Payment[] {
  return payments
    .filter(({ operation, id }) => operation === null && (after === null || id > after))
    .filter(
      (one) =>
        isLapsed(one, now) || (one.status === 'INITIATING' && one.updatedAt < initiatingBefore),
    )
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .slice(0, limit);
}
