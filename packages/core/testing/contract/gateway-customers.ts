import type { IntentSnapshot } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked } from '../samples.js';
import { INSTALLATION } from '../system.js';
import { got } from './outcome.js';
import { type GatewaySetup, intentIn, nowAt, till } from './till.js';

const { id: installation } = INSTALLATION;

/** What can be asked of a gateway besides moving money. */
export function describeGatewayCustomers(setUp: () => Promise<GatewaySetup>): void {
  describe('retrieve', () => {
    it('tells what a PaymentIntent is now', async () => {
      const setup = await setUp();
      const { call, hold, releasing } = till(setup);
      const payment = await hold();
      const { reply } = await call(releasing(payment));
      const now = await setup.gateway.retrieve(payment.paymentIntentId ?? '');
      expect(got(now)?.report).toMatchObject({
        authoritative: true,
        refused: null,
        intent: { ...intentIn(reply), refundedMinor: 0, latestRefunds: [] },
      });
    });

    it('tells that there is none', async () => {
      const { gateway } = await setUp();
      expect(got(await gateway.retrieve('pi_that_nobody_has'))).toBeNull();
    });
  });

  describeSearch(setUp);

  describe('the default card', () => {
    it('is the one the customer has chosen', async () => {
      const { gateway, customer } = await setUp();
      const card = await gateway.defaultPaymentMethod(customer.id);
      const paymentMethodId = customer.defaultCard;
      expect(got(card)).toMatchObject({ type: 'card', paymentMethodId });
    });

    it('is null where there is none', async () => {
      const { gateway, customerWithoutCard } = await setUp();
      const card = await gateway.defaultPaymentMethod(customerWithoutCard);
      expect(got(card)).toBeNull();
    });

    it('of an unknown customer is refused', async () => {
      const { gateway } = await setUp();
      const card = await gateway.defaultPaymentMethod('cus_that_nobody_has');
      expect(card._unsafeUnwrapErr()).toEqual({ type: 'CustomerUnknown' });
    });
  });

  describe('saved cards', () => {
    it('are listed with what a person knows them by, and tell which one is the default', async () => {
      const { gateway, customer } = await setUp();
      const cards = got(await gateway.cards(customer.id));
      expect(cards).toEqual([
        {
          paymentMethodId: customer.defaultCard,
          brand: 'visa',
          last4: '4242',
          expMonth: expect.any(Number),
          expYear: expect.any(Number),
          isDefault: true,
        },
      ]);
    });

    it('are none where there is none', async () => {
      const { gateway, customerWithoutCard } = await setUp();
      expect(got(await gateway.cards(customerWithoutCard))).toEqual([]);
    });

    it('of an unknown customer are refused', async () => {
      const { gateway } = await setUp();
      const cards = await gateway.cards('cus_that_nobody_has');
      expect(cards._unsafeUnwrapErr()).toEqual({ type: 'CustomerUnknown' });
    });
  });

  describeCustomers(setUp);
}

function describeCustomers(setUp: () => Promise<GatewaySetup>): void {
  describe('customers', () => {
    it('are made once under a key, and are found again', async () => {
      const setup = await setUp();
      const { gateway } = setup;
      const { customerId } = asked();
      const wanted = { customerId, installation, key: `key-${customerId}` };
      const since = minutesAgo(setup, 1);
      const first = got(await gateway.createCustomer(wanted));
      expect(got(await gateway.createCustomer(wanted))).toBe(first);
      const found = await gateway.findCustomer({ customerId, installation, since });
      expect(got(found)).toBe(first);
      for (const other of ['inst_elsewhere', null]) {
        const theirs = await gateway.findCustomer({ customerId, installation: other, since });
        expect(got(theirs)).toBeNull();
      }
    });

    it('are found though our clock is ahead, and hours after', async () => {
      const setup = await setUp();
      const { customerId } = asked();
      const wanted = { customerId, installation, key: `key-${customerId}` };
      const made = got(await setup.gateway.createCustomer(wanted));
      for (const minutes of [-30, -1, 0, 23 * 60]) {
        const since = minutesAgo(setup, minutes);
        const found = await setup.gateway.findCustomer({ customerId, installation, since });
        expect(got(found), `${minutes} minutes ago`).toBe(made);
      }
    });

    it('nobody asked for are not found among others', async () => {
      const setup = await setUp();
      const { customerId } = asked();
      const since = nowAt(setup);
      const another = { customerId: `not ${customerId}`, installation };
      got(await setup.gateway.createCustomer({ ...another, key: `key-${another.customerId}` }));
      const found = await setup.gateway.findCustomer({ customerId, installation, since });
      expect(got(found)).toBeNull();
    });

    it('that were made can pay', async () => {
      const setup = await setUp();
      const { customerId } = asked();
      const wanted = { customerId, installation, key: `key-${customerId}` };
      const made = await setup.gateway.createCustomer(wanted);
      const { asking, call } = till(setup);
      const { payment } = await call(asking(setup.cards.good, got(made)));
      expect(payment.status).toBe('AUTHORIZED');
    });
  });
}

const isOurs = () => true;

function describeSearch(setUp: () => Promise<GatewaySetup>): void {
  describe('findIntent', () => {
    it('finds what was made for a payment, whether or not its customer is known', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const wanted = asking(setup.cards.good);
      await call(asking(setup.cards.good));
      const { reply } = await call(wanted);
      await call(asking(setup.cards.good));
      for (const payment of [wanted, { ...wanted, stripeCustomerId: null }]) {
        const found = await setup.gateway.findIntent({
          payment,
          since: minutesAgo(setup, 1),
          isOurs,
        });
        expect(got(found)?.report).toMatchObject({
          type: 'intent',
          authoritative: true,
          refused: null,
          intent: { ...intentIn(reply), refundedMinor: 0, latestRefunds: [] },
        });
      }
    });

    it('passes over what is not ours, though it names the payment', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const payment = asking(setup.cards.good);
      const { reply } = await call(payment);
      const seen: IntentSnapshot[] = [];
      const found = await setup.gateway.findIntent({
        payment,
        since: minutesAgo(setup, 1),
        isOurs: (intent) => seen.push(intent) === 0,
      });
      expect(got(found)).toBeNull();
      expect(seen).toMatchObject([{ ...intentIn(reply), refundedMinor: 0, latestRefunds: [] }]);
    });

    it('finds nothing where nothing was made', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      await call(asking(setup.cards.good));
      const payment = asking(setup.cards.good);
      const found = await setup.gateway.findIntent({
        payment,
        since: minutesAgo(setup, 1),
        isOurs,
      });
      expect(got(found)).toBeNull();
    });

    it('finds what was made before the time that our clock said, and hours after', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const payment = asking(setup.cards.good);
      const { reply } = await call(payment);
      // Ours may be ahead of the gateway's; and a key is used for a day.
      for (const minutes of [-30, -1, 0, 23 * 60]) {
        const since = minutesAgo(setup, minutes);
        const found = got(await setup.gateway.findIntent({ payment, since, isOurs }));
        const id = found === null ? null : intentIn(found).paymentIntentId;
        expect(id, `${minutes} minutes ago`).toBe(intentIn(reply).paymentIntentId);
      }
    });

    it('finds nothing that was made long after', async () => {
      const setup = await setUp();
      const { asking, call } = till(setup);
      const payment = asking(setup.cards.good);
      await call(payment);
      const since = minutesAgo(setup, 27 * 60);
      const found = await setup.gateway.findIntent({ payment, since, isOurs });
      expect(got(found)).toBeNull();
    });
  });
}

function minutesAgo(setup: GatewaySetup, minutes: number): Date {
  return new Date(nowAt(setup).getTime() - minutes * 60_000);
}
