import type { PaymentGateway } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type Stripe from 'stripe';
import { type Ask, asFault } from './exchange.js';
import { idOf } from './snapshot.js';

type CustomerCalls = Pick<
  PaymentGateway,
  'defaultPaymentMethod' | 'createCustomer' | 'findCustomer'
>;

/** While Stripe works on the same key it answers 409; a short wait gets the same customer. */
const CUSTOMER_RETRIES = 3;

/** The calls about customers and their cards. */
export function customerCalls(stripe: Stripe, ask: Ask): CustomerCalls {
  return {
    defaultPaymentMethod: async (stripeCustomerId) => {
      const found = await ask('retrieve customer', () =>
        stripe.customers.retrieve(stripeCustomerId),
      );
      if (found.isErr()) {
        const { error } = found;
        return err(error.type === 'Refused' ? { type: 'CustomerUnknown' } : error);
      }
      if (found.value.deleted === true) return err({ type: 'CustomerUnknown' });
      const chosen = idOf(found.value.invoice_settings.default_payment_method);
      if (chosen !== null) return ok(chosen);
      // A card kept by `savePaymentMethod` is nobody's default yet; a single one is no guess.
      const saved = await ask('list saved cards', () =>
        stripe.customers.listPaymentMethods(stripeCustomerId, { type: 'card', limit: 2 }),
      );
      if (saved.isErr()) return err(asFault(saved.error));
      const [only, another] = saved.value.data;
      return ok(another === undefined ? (only?.id ?? null) : null);
    },
    createCustomer: async ({ customerId, key, installation }) => {
      const user = { clerk_user_id: customerId };
      const metadata = installation === null ? user : { ...user, installation };
      const requestOptions = { idempotencyKey: key, maxNetworkRetries: CUSTOMER_RETRIES };
      const made = await ask('create customer', () =>
        stripe.customers.create({ metadata }, requestOptions),
      );
      return made.map(({ id }) => id).mapErr(asFault);
    },
    findCustomer: async ({ customerId, installation, since }) => {
      const created = createdAround(since);
      const found = await ask('find customer', async () => {
        for await (const customer of stripe.customers.list({ created, limit: 100 })) {
          const { clerk_user_id: userId, installation: madeBy = null } = customer.metadata;
          if (userId === customerId && madeBy === installation) return customer.id;
        }
        return null;
      });
      return found.mapErr(asFault);
    },
  };
}

/** Our clock may be ahead of Stripe's by that much; searching further back costs little. */
const CLOCK_SKEW_SECONDS = 60 * 60;

/** While a key is used, and an hour more. */
const SEARCHED_SECONDS = 25 * 60 * 60;

/** When something was made whose call began then. */
export function createdAround(since: Date): { gte: number; lte: number } {
  const began = Math.floor(since.getTime() / 1000);
  return { gte: began - CLOCK_SKEW_SECONDS, lte: began + SEARCHED_SECONDS };
}
