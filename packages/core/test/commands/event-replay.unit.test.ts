import { type HistoryEntry, tellAgain } from '@campusg-pay/core';
import { CARDS, memorySystem, VIRTUAL_START } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';
import { held } from '../../testing/samples.js';

const order = { orderId: 'order-1' };

describe('telling events again', () => {
  it.each(['good', 'needsAuthentication'] as const)(
    'tells them as they were told first, but answers nobody, for a card that is %s',
    async (card) => {
      const { escrow, gateway, clock, store, deliver, authorizing } = memorySystem();
      await escrow.authorize(authorizing({ ...order, paymentMethodId: CARDS[card] }));
      if (card !== 'good') gateway.customer.approve('pi_1');
      await deliver();
      await clock.advance(1000);
      const asked = { payment: order, correlationId: 'release-1' };
      await escrow.release({ ...asked, runnerId: 'runner-1' });
      await clock.advance(1000);
      await escrow.revert({ ...asked, correlationId: 'revert-1', reason: 'too slow' });
      const payment = (await escrow.find(order))._unsafeUnwrap();
      const history = (await escrow.history(payment.id))._unsafeUnwrap();
      const first = store.outbox.map((one) => ({ ...one, answers: null, replay: true }));
      expect(first.length).toBe(card === 'good' ? 3 : 4);
      expect(tellAgain(payment, history)).toEqual(first);
    },
  );

  it('tells all that a consumer may need', () => {
    const payment = held();
    const event = { type: 'review_needed', reason: 'look' } as const;
    const entry = { version: 1, event, correlationId: 'look-1', at: VIRTUAL_START };
    expect(tellAgain(payment, [entry])).toEqual([
      {
        id: `${payment.id}:1`,
        paymentId: payment.id,
        orderId: payment.orderId,
        version: 1,
        at: '2026-01-05T09:00:00.000Z',
        correlationId: 'look-1',
        answers: null,
        status: 'INITIATING',
        customerId: payment.customerId,
        runnerId: null,
        paymentIntentId: payment.paymentIntentId,
        amountMinor: 2098,
        currency: 'USD',
        event,
        replay: true,
      },
    ]);
  });

  it('is a bug where the history takes a way that there is not', () => {
    const payment = held();
    const event = { type: 'released', runnerId: null, receivedMinor: 2098 } as const;
    const history: HistoryEntry[] = [
      { version: 1, event, correlationId: 'release-1', at: VIRTUAL_START },
    ];
    const message = `bug: ${payment.id} has released while INITIATING`;
    expect(() => tellAgain(payment, history)).toThrow(message);
  });
});
