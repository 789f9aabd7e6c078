import type { GatewayFault, PaymentGateway } from '@campusg-pay/core';
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
      return made.mapErr(asFault).andThen(({ id, metadata: said }) => {
        const isOurs = said.clerk_user_id === customerId && nameIn(said) === installation;
        return isOurs && id.startsWith('cus_') ? ok(id) : err(ANOTHER_OBJECT);
      });
    },
    findCustomer: async ({ customerId, installation, since }) => {
      const created = createdAround(since);
      const found = await ask('find customer', async () => {
        for await (const customer of stripe.customers.list({ created, limit: 100 })) {
          const { metadata } = customer;
          const isOurs = metadata.clerk_user_id === customerId && nameIn(metadata) === installation;
          if (isOurs) return customer.id;
        }
        return null;
      });
      return found.mapErr(asFault);
    },
  };
}

function nameIn({ installation }: Stripe.Metadata): string | null {
  return installation ?? null;
}

const ANOTHER_OBJECT: GatewayFault = {
  type: 'GatewayUnavailable',
  executed: 'unknown',
  reason: 'Stripe answered with a customer that was not asked for',
  retryAfterMs: null,
};

/** Our clock may be ahead of Stripe's by that much; searching further back costs little. */
const CLOCK_SKEW_SECONDS = 60 * 60;

/** While a key is used, and an hour more. */
const SEARCHED_SECONDS = 25 * 60 * 60;

/** When something was made whose call began then. */
export function createdAround(since: Date): { gte: number; lte: number } {
  const began = Math.floor(since.getTime() / 1000);
  return { gte: began - CLOCK_SKEW_SECONDS, lte: began + SEARCHED_SECONDS };
}
