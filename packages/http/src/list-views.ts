import type { Listed, Payment, PaymentPlace, SavedCard } from '@campusg-pay/core';
import { z } from 'zod';
import type { Rendered } from './answers.js';
import { paymentView, renderPayment } from './payment-fields.js';

export const paymentsView = z.object({
  success: z.literal(true),
  payments: z.array(paymentView).meta({ description: 'The newest first.' }),
  nextCursor: z.string().nullable().meta({
    description:
      'Sent as `cursor`, it asks for the next page of the same list; null: this is the last.',
  }),
});

export const cardsView = z.object({
  success: z.literal(true),
  cards: z
    .array(
      z.object({
        paymentMethodId: z
          .string()
          .meta({ description: 'What an authorize takes as `payment_method_id`.' }),
        brand: z.string(),
        last4: z.string(),
        expMonth: z.int(),
        expYear: z.int(),
        isDefault: z
          .boolean()
          .meta({ description: 'What an authorize that names no card is paid with.' }),
      }),
    )
    .meta({ description: 'The newest first; a card that was saved twice stands here once.' }),
});

/** The answer about a page of payments. */
export function renderPayments(
  { items, next }: Listed<Payment, PaymentPlace>,
  cursorOf: (place: PaymentPlace) => string,
): Rendered<z.output<typeof paymentsView>> {
  const nextCursor = next === null ? null : cursorOf(next);
  const payments = items.map(renderPayment);
  return { status: 200, body: { success: true, payments, nextCursor } };
}

/** The answer about the cards of a user. */
export function renderCards(cards: readonly SavedCard[]): Rendered<z.output<typeof cardsView>> {
  const shown = cards.map(({ paymentMethodId, brand, last4, expMonth, expYear, isDefault }) => ({
    paymentMethodId,
    brand,
    last4,
    expMonth,
    expYear,
    isDefault,
  }));
  return { status: 200, body: { success: true, cards: shown } };
}
