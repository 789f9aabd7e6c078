import type { ListedIntent, Page, Payment } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from '../system.js';
import { got } from './outcome.js';
import { type GatewaySetup, intentIn, nowAt, till } from './till.js';

const HOUR_MS = 3_600_000;

/** Reading what there is in lists, and canceling what must not be. */
export function describeGatewayLists(setUp: () => Promise<GatewaySetup>): void {
  describe('listing PaymentIntents', () => {
    it('tells those of a period with the payment that each is for, page by page', async () => {
      const setup = await setUp();
      const { hold } = till(setup);
      const held: Payment[] = [];
      // More than a gateway in memory gives at once.
      while (held.length < 12) held.push(await hold());
      const listed = await listAll(setup, { fromMs: -HOUR_MS, toMs: HOUR_MS });
      for (const { id, orderId, paymentIntentId, amount } of held) {
        const found = listed.filter((one) => one.intent.origin.paymentId === id);
        expect(found).toMatchObject([
          {
            intent: {
              paymentIntentId,
              status: 'requires_capture',
              refundedMinor: 0,
              amountMinor: amount.amountMinor,
              currency: amount.currency,
              origin: { installation: INSTALLATION.id, paymentId: id, orderId },
            },
            createdAt: expect.any(Date),
            manual: true,
          },
        ]);
      }
    });

    it('tells what was made in the very second in which the period ends', async () => {
      const setup = await setUp();
      const { id } = await till(setup).hold();
      const listed = await listAll(setup, { fromMs: -HOUR_MS, toMs: 1 });
      expect(listed.map(({ intent }) => intent.origin.paymentId)).toContain(id);
    });

    it('leaves out those of another time', async () => {
      const setup = await setUp();
      const { id } = await till(setup).hold();
      const before = await listAll(setup, { fromMs: -2 * HOUR_MS, toMs: -HOUR_MS });
      const after = await listAll(setup, { fromMs: HOUR_MS, toMs: 2 * HOUR_MS });
      expect([...before, ...after].filter((one) => one.intent.origin.paymentId === id)).toEqual([]);
    });
  });

  describe('canceling an orphaned intent', () => {
    it('lets its hold go, and says so again when repeated', async () => {
      const setup = await setUp();
      const { paymentIntentId } = await till(setup).hold();
      for (const _ of ['first', 'again']) {
        const canceled = got(await setup.gateway.cancelOrphan(paymentIntentId ?? ''));
        expect(canceled === null ? null : intentIn(canceled).status).toBe('canceled');
      }
    });

    it('does not touch what was captured', async () => {
      const setup = await setUp();
      const { call, hold, releasing } = till(setup);
      const { payment } = await call(releasing(await hold()));
      const told = await setup.gateway.cancelOrphan(payment.paymentIntentId ?? '');
      const reply = got(told);
      expect(reply === null ? null : intentIn(reply)).toMatchObject({
        status: 'succeeded',
        receivedMinor: payment.amount.amountMinor,
        refundedMinor: 0,
      });
    });

    it('tells that there is none of that id', async () => {
      const { gateway } = await setUp();
      expect(got(await gateway.cancelOrphan('pi_that_nobody_has'))).toBeNull();
    });
  });
}

async function listAll(setup: GatewaySetup, { fromMs, toMs }: { fromMs: number; toMs: number }) {
  const [from, to] = [fromMs, toMs].map((ms) => new Date(nowAt(setup).getTime() + ms)) as [
    Date,
    Date,
  ];
  const listed: ListedIntent[] = [];
  for (let after: string | null = null; ; ) {
    const page: Page<ListedIntent> = got(await setup.gateway.listIntents({ from, to, after }));
    listed.push(...page.items);
    after = page.next;
    if (after === null) return listed;
  }
}
