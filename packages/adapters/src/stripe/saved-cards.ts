import type { DefaultMethod, PaymentGateway, SavedCard } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import type { z } from 'zod';
import {
  asDefault,
  cardIdentityOf,
  faceOf,
  onlyCard,
  sourceAsDefault,
  WITH_DEFAULTS,
} from './default-method.js';
import { type Ask, asFault } from './exchange.js';
import type { CallError } from './gateway-fault.js';
import { readAll } from './pages.js';
import { UnreadableReply } from './sdk-errors.js';
import { card, customerWithDefault, readAs } from './shapes.js';

type CardCalls = Pick<PaymentGateway, 'defaultPaymentMethod' | 'cards'>;

const PAGE = { type: 'card', limit: 100 } as const;

/** The calls about what a customer has saved to pay with. */
export function cardCalls(stripe: Stripe, ask: Ask): CardCalls {
  const chosen = async (
    stripeCustomerId: string,
  ): Promise<Result<DefaultMethod | null, CallError | CustomerUnknown>> => {
    const found = await ask('retrieve customer', async () => {
      const params = { expand: [...WITH_DEFAULTS] };
      const answer = await stripe.customers.retrieve(stripeCustomerId, params);
      const known = readAs(customerWithDefault, answer);
      if (known.id === stripeCustomerId) return known;
      throw new UnreadableReply('it is about another customer');
    });
    if (found.isErr()) {
      const { error } = found;
      return err(error.type === 'Refused' && error.missing ? CUSTOMER_UNKNOWN : error);
    }
    const { deleted, invoice_settings: invoices, default_source: source } = found.value;
    if (deleted === true) return err(CUSTOMER_UNKNOWN);
    const method = invoices?.default_payment_method ?? null;
    if (method !== null) return ok(asDefault(method));
    return ok(source == null ? null : sourceAsDefault(source));
  };
  const pagesOf = (stripeCustomerId: string) => (after: { readonly starting_after?: string }) =>
    stripe.customers.listPaymentMethods(stripeCustomerId, { ...PAGE, ...after });

  return {
    defaultPaymentMethod: async (stripeCustomerId) => {
      const found = await chosen(stripeCustomerId);
      if (found.isErr()) return err(faultOf(found.error));
      if (found.value !== null) return ok(found.value);
      // A card kept by `savePaymentMethod` is nobody's default yet; a single one is no guess.
      const saved = await ask('list saved cards', (going) =>
        onlyCard(pagesOf(stripeCustomerId), going),
      );
      return saved.mapErr(asFault);
    },
    cards: async (stripeCustomerId) => {
      const found = await chosen(stripeCustomerId);
      if (found.isErr()) return err(faultOf(found.error));
      const call = 'list saved cards';
      const listed = await ask(call, (going) =>
        readAll({ page: pagesOf(stripeCustomerId), shape: card, call, going }),
      );
      return listed.map((all) => savedOnce(all, found.value)).mapErr(asFault);
    },
  };
}

interface CustomerUnknown {
  readonly type: 'CustomerUnknown';
}

const CUSTOMER_UNKNOWN: CustomerUnknown = { type: 'CustomerUnknown' };

function faultOf(error: CallError | CustomerUnknown) {
  return error.type === 'CustomerUnknown' ? error : asFault(error);
}

type ReadCard = z.output<typeof card>;

/**
 * Each card once, the newest first: of one that was saved more than once the one that is paid with by
 * default, else the newest. A single card is the default where nothing was chosen.
 */
function savedOnce(all: readonly ReadCard[], chosen: DefaultMethod | null): readonly SavedCard[] {
  const chosenId = chosen?.type === 'card' ? chosen.paymentMethodId : null;
  const byPrint = new Map<string, ReadCard>();
  for (const one of all) {
    const print = cardIdentityOf(one);
    if (!byPrint.has(print) || one.id === chosenId) byPrint.set(print, one);
  }
  const isOnly = chosen === null && byPrint.size === 1;
  return [...byPrint.values()].map(({ id, card: face }) => ({
    paymentMethodId: id,
    ...faceOf(face),
    isDefault: isOnly || id === chosenId,
  }));
}
