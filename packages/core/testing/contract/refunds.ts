import type { Refund } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { opens, owedRefund } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { saveAll, saveOnto, saveRelease } from './steps.js';

/** What somebody asked to be given back. */
export function describeRefunds(ports: () => Promise<ContractPorts>): void {
  describe('the refunds of a payment', () => {
    it('come back field for field, whatever becomes of them', async () => {
      const { repository } = await ports();
      const first = owedRefund({ reason: `Zoë's "büro" \\ 日本`, amountMinor: 500 });
      const stripeRefundId = `re_${first.refundId}`;
      const rest = owedRefund({
        isRest: true,
        amountMinor: 1598,
        createdAt: new Date('2026-03-04'),
      });
      const asks = (refund: Refund) => ({ type: 'refund_requested', refund }) as const;
      const name = first.refundId;
      const payment = await saveAll(repository, await saveRelease(repository, null), [
        () => [asks(first)],
        () => [
          asks(rest),
          opens({ kind: 'refund', params: { reason: null, refundId: rest.refundId } }),
        ],
        () => [{ type: 'refund_pending', refundId: stripeRefundId, amountMinor: 500, name }],
        ({ operation }) => [
          { type: 'operation_closed', key: operation?.key ?? '', outcome: 'refused', detail: 'no' },
        ],
        () => [
          { type: 'refunded', amountMinor: 500, refundedMinor: 500, name, stripeRefundId },
          asks({ ...rest, refundId: `${name} again` }),
        ],
        () => [
          {
            type: 'refund_failed',
            refundId: stripeRefundId,
            amountMinor: 500,
            refundedMinor: 0,
            reason: 'the bank says no',
            name,
          },
        ],
        () => [{ type: 'reverted', revertMethod: 'refunded', reason: null }],
      ]);
      expect('refunds' in payment && payment.refunds).toMatchObject([
        { refundId: name, status: 'failed', stripeRefundId },
        { refundId: rest.refundId, status: 'canceled' },
        { refundId: `${name} again`, status: 'succeeded' },
      ]);
    });

    it('come in the order in which they were asked for, up to 100 of them', async () => {
      const { repository } = await ports();
      const payment = await saveRelease(repository, null);
      // Neither their names nor their times tell the order.
      const refunds = Array.from({ length: 100 }, (_, place) =>
        owedRefund({
          refundId: `${(place * 37) % 100}`,
          amountMinor: place + 1,
          createdAt: new Date(Date.UTC(2026, 0, 1) - place),
        }),
      );
      const asks = (some: readonly Refund[]) =>
        saveOnto(repository, payment, () =>
          some.map((refund) => ({ type: 'refund_requested', refund }) as const),
        );
      expect(got(await asks(refunds.slice(0, 60)))).toBe('saved');
      expect(got(await asks(refunds.slice(60)))).toBe('saved');
      const full = got(await repository.find({ paymentId: payment.id }));
      expect(full).toMatchObject({ refunds });
      await expect(asks([owedRefund()])).rejects.toThrow();
      expect(got(await repository.find({ paymentId: payment.id }))).toEqual(full);
    });
  });

  describeNames(ports);
}

function describeNames(ports: () => Promise<ContractPorts>): void {
  describe('the refunds of a payment', () => {
    it('may have the same names in another payment, and stay out of it', async () => {
      const { repository } = await ports();
      const [one, other] = [
        await saveRelease(repository, null),
        await saveRelease(repository, null),
      ];
      const asks = (amountMinor: number) =>
        [
          { type: 'refund_requested', refund: owedRefund({ refundId: 'same', amountMinor }) },
        ] as const;
      const [mine, theirs] = [
        await saveAll(repository, one, [() => asks(1)]),
        await saveAll(repository, other, [() => asks(2)]),
      ];
      expect(got(await repository.find({ paymentId: one.id }))).toEqual(mine);
      expect(got(await repository.find({ paymentId: other.id }))).toEqual(theirs);
    });
  });
}
