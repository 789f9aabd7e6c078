import {
  NOTHING_TAKEN,
  openReview,
  type Payment,
  type PaymentFilter,
  type PaymentPlace,
  type PaymentSearch,
  runnerOf,
  type Slice,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';

/** The search over payments in memory. */
export function memoryPaymentSearch(payments: () => readonly Payment[]): PaymentSearch {
  return {
    list: async (filter, part) => ok(slice(payments().filter(isLike(filter)), part)),
    ofUser: async (userId, part) => {
      const isTheirs = (one: Payment) => one.customerId === userId || settledRunner(one) === userId;
      return ok(slice(payments().filter(isTheirs), part));
    },
    named: async (text) => {
      const isNamed = (one: Payment) => {
        const { transfer, refunds } = 'transfer' in one ? one : NOTHING_TAKEN;
        const ids = [transfer?.transferId, transfer?.stripeTransferId];
        return (
          [one.id, one.orderId, one.paymentIntentId, ...ids].includes(text) ||
          refunds.some(({ stripeRefundId }) => stripeRefundId === text)
        );
      };
      return ok(
        payments()
          .filter(isNamed)
          .toSorted((one, other) => other.attempt - one.attempt),
      );
    },
  };
}

function slice(all: readonly Payment[], { after, limit }: Slice<PaymentPlace>): readonly Payment[] {
  return all
    .filter((one) => after === null || newestFirst(one, after) > 0)
    .toSorted(newestFirst)
    .slice(0, limit);
}

function newestFirst(one: PaymentPlace, other: PaymentPlace): number {
  const apart = other.createdAt.getTime() - one.createdAt.getTime();
  if (apart !== 0 || one.id === other.id) return apart;
  return one.id < other.id ? 1 : -1;
}

/** A release that is still under way is nobody's yet. */
function settledRunner(payment: Payment): string | null {
  return payment.status === 'AUTHORIZED' ? null : runnerOf(payment);
}

function isLike(filter: PaymentFilter): (payment: Payment) => boolean {
  const { statuses, transferStatuses, createdFrom, createdBefore, currency } = filter;
  return (one) => {
    const transfer = 'transfer' in one ? one.transfer : null;
    const { amountMinor } = one.amount;
    return (
      isAmong(statuses, one.status) &&
      isAmong(transferStatuses, transfer?.status) &&
      isOf(filter.runnerAccount, transfer?.stripeAccount) &&
      (createdFrom === null || one.createdAt >= createdFrom) &&
      (createdBefore === null || one.createdAt < createdBefore) &&
      isOf(filter.customerId, one.customerId) &&
      isOf(filter.runnerId, settledRunner(one)) &&
      isOf(filter.orderId, one.orderId) &&
      isOf(currency, one.amount.currency) &&
      (filter.minMinor === null || amountMinor >= filter.minMinor) &&
      (filter.maxMinor === null || amountMinor <= filter.maxMinor) &&
      (!filter.review || openReview(one) !== null)
    );
  };
}

/** Whether nothing is asked for, or that. */
function isOf(wanted: string | null, value: string | null | undefined): boolean {
  return wanted === null || wanted === value;
}

function isAmong<Value>(wanted: readonly Value[], value: Value | undefined): boolean {
  return wanted.length === 0 || (value !== undefined && wanted.includes(value));
}
