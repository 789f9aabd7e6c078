import type { GatewayFault, PaymentGateway } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type Stripe from 'stripe';
import { type Ask, asFault } from './exchange.js';
import { findListed } from './pages.js';
import { customer, listedCustomer, readAs } from './shapes.js';

type CustomerCalls = Pick<PaymentGateway, 'createCustomer' | 'findCustomer'>;

/** While Stripe works on the same key it answers 409; a short wait gets the same customer. */
const CUSTOMER_RETRIES = 3;

/** The calls about customers. */
export function customerCalls(stripe: Stripe, ask: Ask): CustomerCalls {
  return {
    createCustomer: async ({ customerId, key, installation }) => {
      const user = { clerk_user_id: customerId };
      const metadata = installation === null ? user : { ...user, installation };
      const requestOptions = { idempotencyKey: key, maxNetworkRetries: CUSTOMER_RETRIES };
      const made = await ask('create customer', async () =>
        readAs(listedCustomer, await stripe.customers.create({ metadata }, requestOptions)),
      );
      return made.mapErr(asFault).andThen(({ id, metadata: said }) => {
        const isOurs = said.clerk_user_id === customerId && nameIn(said) === installation;
        return isOurs && id.startsWith('cus_') ? ok(id) : err(ANOTHER_OBJECT);
      });
    },
    findCustomer: async ({ customerId, installation, since }) => {
      const range = { created: createdAround(since), limit: 100 };
      const found = await ask('find customer', async (going) => {
        const theirs = await findListed({
          page: (after) => stripe.customers.list({ ...range, ...after }),
          shape: listedCustomer,
          isWanted: ({ metadata }) =>
            metadata.clerk_user_id === customerId && nameIn(metadata) === installation,
          call: 'find customer',
          going,
        });
        return theirs === null ? null : readAs(customer, theirs).id;
      });
      return found.mapErr(asFault);
    },
  };
}

function nameIn({ installation }: { readonly installation?: string | undefined }): string | null {
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
