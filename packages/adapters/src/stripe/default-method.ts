import type { CardFace, DefaultMethod } from '@campusg-pay/core';
import type { z } from 'zod';
import type { Going } from './exchange.js';
import { nextOf, readPage, startingAfter } from './pages.js';
import { card, type ReadMethod, type ReadSource, readAs } from './shapes.js';
import { cleanText } from './text.js';

/** What a customer is asked for, so that it need not be asked for by itself. */
export const WITH_DEFAULTS = ['invoice_settings.default_payment_method', 'default_source'] as const;

type Face = NonNullable<ReadMethod['card']>;

/** The default payment method (`invoice_settings.default_payment_method`). */
export function asDefault({ id, type, card: face }: ReadMethod): DefaultMethod {
  return type === 'card' ? cardOf(id, face ?? null) : { type: 'no_card', kind: cleanText(type) };
}

/**
 * The default source, which counts where there is no default payment method. A card of that time can
 * be used as a payment method: docs.stripe.com/payments/payment-methods/transitioning.
 */
export function sourceAsDefault(source: ReadSource): DefaultMethod {
  if ('brand' in source) return cardOf(source.id, source);
  return 'type' in source ? asDefault(source) : { type: 'no_card', kind: cleanText(source.object) };
}

/**
 * The newest of a customer's saved cards if they are all the same one (a card saved twice has the
 * same fingerprint), else null. Inside of a call only: it may throw.
 */
export async function onlyCard(
  page: (after: { readonly starting_after?: string }) => Promise<unknown>,
  going: Going,
): Promise<DefaultMethod | null> {
  let newest: DefaultMethod | null = null;
  const known = new Set<string>();
  for (let after: string | null = null; !going.isOver(); ) {
    if (after !== null) await going.next('list saved cards');
    const list = readPage(await page(startingAfter(after)));
    for (const saved of list.data.map((one) => readAs(card, one))) {
      known.add(cardIdentityOf(saved));
      newest ??= cardOf(saved.id, saved.card);
    }
    after = known.size > 1 ? null : nextOf(list, after);
    if (after === null) break;
  }
  return known.size === 1 ? newest : null;
}

/** What is the same of a card however often it was saved. */
export function cardIdentityOf({ id, card: face }: z.output<typeof card>): string {
  return face.fingerprint ?? id;
}

/** What a person knows it by. */
export function faceOf(face: Face): CardFace {
  const { brand, last4, exp_month: expMonth, exp_year: expYear } = face;
  return { brand, last4, expMonth, expYear };
}

function cardOf(paymentMethodId: string, face: Face | null): DefaultMethod {
  return { type: 'card', paymentMethodId, card: face === null ? null : faceOf(face) };
}
