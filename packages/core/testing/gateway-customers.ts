import type { PaymentGateway } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type { troubledLine } from './line.js';
import type { StripeModel } from './stripe-model.js';

/** Customers at the model, and what they pay with. */
export function customerCalls(
  model: StripeModel,
  { exchange }: ReturnType<typeof troubledLine>,
): Pick<PaymentGateway, 'defaultPaymentMethod' | 'cards' | 'createCustomer' | 'findCustomer'> {
  return {
    defaultPaymentMethod: (id) =>
      exchange('defaultPaymentMethod', () => {
        const customer = model.customers.get(id);
        if (customer === undefined) return err(CUSTOMER_UNKNOWN);
        const { defaultCard: paymentMethodId } = customer;
        return ok(paymentMethodId === null ? null : { type: 'card', paymentMethodId, card: FACE });
      }),
    cards: (id) =>
      exchange('cards', () => {
        const customer = model.customers.get(id);
        if (customer === undefined) return err(CUSTOMER_UNKNOWN);
        const { defaultCard: paymentMethodId } = customer;
        return ok(paymentMethodId === null ? [] : [{ paymentMethodId, ...FACE, isDefault: true }]);
      }),
    createCustomer: ({ customerId, key, installation }) => {
      const made = { customerId, installation };
      const work = () => model.once(key, JSON.stringify(made), () => model.addCustomer(made));
      return exchange('createCustomer', () => ok(work()), key);
    },
    findCustomer: ({ customerId, installation, since }) =>
      exchange('findCustomer', () => {
        const ofUser = [...model.customers.values()].filter(
          (it) => it.customerId === customerId && it.installation === installation,
        );
        const found = ofUser.find(({ createdAt }) => isAround(createdAt, since));
        return ok(found?.stripeCustomerId ?? null);
      }),
  };
}

/** What all its cards look like. */
const FACE = { brand: 'visa', last4: '4242', expMonth: 12, expYear: 2030 } as const;

/** Stripe's lists are searched from an hour before the call, as clocks differ, until its key is over. */
const CLOCK_SKEW_MS = 60 * 60 * 1000;
const SEARCHED_MS = 25 * 60 * 60 * 1000;

/** Whether a search for what was made since then finds it. */
export function isAround(createdAt: Date, since: Date): boolean {
  const after = createdAt.getTime() - since.getTime();
  return after >= -CLOCK_SKEW_MS && after <= SEARCHED_MS;
}

const CUSTOMER_UNKNOWN = { type: 'CustomerUnknown' } as const;
