import type { GatewayFault, ListWanted, Page } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { counterOf, idOf } from './gateway-transfers.js';
import { got } from './outcome.js';
import { callFor, type GatewaySetup, intentIn, nowAt } from './till.js';

const HOUR_MS = 3_600_000;

/** Reading what was moved in lists. */
export function describeGatewayMoneyLists(setUp: () => Promise<GatewaySetup>): void {
  describe('listing what was moved', () => {
    it('tells transfers with what came back of them, page by page', async (context) => {
      const counter = await counterOf(setUp, context);
      const { gateway, payment, send, takingBack, setup } = counter;
      const made: string[] = [];
      // More than a gateway in memory gives at once.
      while (made.length < 12) made.push(idOf(await send(100)));
      const [first = ''] = made;
      got(await gateway.perform(takingBack(first, 40)));
      const listed = await listAll(setup, (wanted) => gateway.listTransfers(wanted));
      const own = listed.filter(({ transfer }) => transfer.paymentId === payment.id);
      expect(own.map(({ transfer }) => transfer.stripeTransferId).toSorted()).toEqual(
        made.toSorted(),
      );
      expect(own.find(({ transfer }) => transfer.stripeTransferId === first)).toMatchObject({
        transfer: { amountMinor: 100, reversedMinor: 40 },
        createdAt: expect.any(Date),
        group: payment.id,
      });
      const beside = got(await gateway.transfersOf(payment));
      expect(beside.map(({ transfer }) => transfer).toSorted(byId)).toEqual(
        own.map(({ transfer }) => transfer).toSorted(byId),
      );
      const elsewhere = { ...payment, id: `not-${payment.id}`, paymentIntentId: 'pi_another' };
      expect(got(await gateway.transfersOf(elsewhere as typeof payment))).toEqual([]);
    });

    it('tells refunds with the PaymentIntent that each is of', async (context) => {
      const { gateway, payment, setup } = await counterOf(setUp, context);
      const params = { reason: null, refundId: 'cold soup', amountMinor: 500 };
      const reply = got(await gateway.perform(callFor(payment, { kind: 'refund', params })));
      const { paymentIntentId } = intentIn(reply);
      const listed = await listAll(setup, (wanted) => gateway.listRefunds(wanted));
      const own = listed.filter((one) => one.paymentIntentId === paymentIntentId);
      expect(own).toMatchObject([
        {
          refund: { amountMinor: 500, status: 'succeeded', name: 'cold soup' },
          createdAt: expect.any(Date),
        },
      ]);
    });

    it('tells each reversal as a movement that names its transfer', async (context) => {
      const { gateway, payment, send, takingBack, setup } = await counterOf(setUp, context);
      const id = idOf(await send(1000));
      for (const part of [300, 200]) got(await gateway.perform(takingBack(id, part)));
      const kind = 'reversal';
      const listed = await listAll(setup, (wanted) => gateway.listMovements({ ...wanted, kind }));
      const own = listed.filter(({ stripeTransferId }) => stripeTransferId === id);
      expect(own.map(({ amountMinor }) => amountMinor).toSorted()).toEqual([200, 300]);
      expect(own[0]).toMatchObject({ currency: payment.amount.currency, paymentIntentId: null });
    });

    it('leaves out those of another time', async (context) => {
      const { gateway, payment, send, setup } = await counterOf(setUp, context);
      await send(100);
      const before = { fromMs: -2 * HOUR_MS, toMs: -HOUR_MS };
      const listed = await listAll(setup, (wanted) => gateway.listTransfers(wanted), before);
      expect(listed.filter(({ transfer }) => transfer.paymentId === payment.id)).toEqual([]);
    });
  });
}

type Named = { readonly stripeTransferId: string };

function byId(one: Named, other: Named): number {
  return one.stripeTransferId < other.stripeTransferId ? -1 : 1;
}

async function listAll<Item>(
  setup: GatewaySetup,
  list: (wanted: ListWanted) => Promise<Result<Page<Item>, GatewayFault>>,
  { fromMs, toMs } = { fromMs: -HOUR_MS, toMs: HOUR_MS },
): Promise<readonly Item[]> {
  const now = nowAt(setup).getTime();
  const [from, to] = [new Date(now + fromMs), new Date(now + toMs)];
  const listed: Item[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<Item> = got(await list({ from, to, after }));
    listed.push(...page.items);
    after = page.next;
    if (after === null) return listed;
  }
}
