import {
  type AuthorizeCommand,
  type Currency,
  type Issue,
  type Money,
  type MoneyError,
  parseCharge,
  partIn,
} from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type { z } from 'zod';
import { moneySaid, notTheWhole } from './money-fields.js';
import type { OwnPaymentId } from './payment-id.js';
import { AMOUNT_RULE, authorizeBody, chargeTerms, issuesOf, type Read, read } from './schemas.js';

/** A checked body of an authorize. */
export interface AuthorizeRequest {
  readonly terms: z.output<typeof authorizeBody>;
  readonly amount: Money;
}

/** Reads what is to be held. `fallback` is the currency of a request that names none. */
export function readAuthorize(body: unknown, fallback: Currency): Read<AuthorizeRequest> {
  // A missing object is read as an empty one, so that the fields it should have are named.
  const given = isObject(body) ? { customer: {}, order: {}, ...body } : body;
  const terms = read(authorizeBody, given);
  const charge = readCharge(given, fallback);
  const money = charge?.isOk() ? readOtherMoney(given, charge.value) : null;
  if (terms.isOk() && charge?.isOk() && money?.isOk()) {
    return ok({ terms: terms.value, amount: charge.value });
  }
  return err([...issuesOf(terms), ...issuesOf(charge), ...issuesOf(money)]);
}

/** What is said of money beside the amount to hold: the same once more, or nothing that we can do. */
function readOtherMoney(body: unknown, amount: Money): Read<void> {
  const { stated, issues } = moneySaid(body, { others: ['order.amount', 'order.currency'] });
  const part = partIn(amount, stated);
  const all = part === null ? issues : [...issues, notTheWhole(part)];
  return all.length === 0 ? ok() : err([...all]);
}

/** The amount within its currency's limits; null when one of the two is no such thing at all. */
function readCharge(body: unknown, fallback: Currency): Read<Money> | null {
  const terms = chargeTerms.safeParse(body);
  if (!terms.success) return null;
  const { order } = terms.data;
  return parseCharge(order.amount, order.currency ?? fallback).mapErr((error) => [
    { field: 'order.amount', ...amountRule(error) },
  ]);
}

function amountRule(error: MoneyError): Omit<Issue, 'field'> {
  switch (error.type) {
    case 'BelowMinimum': {
      const { minimumMinor: minimum, currency } = error;
      return { rule: `must be at least ${minimum} minor units of ${currency}`, minimum };
    }
    case 'AboveMaximum': {
      const { maximumMinor: maximum, currency } = error;
      return { rule: `must be at most ${maximum} minor units of ${currency}`, maximum };
    }
    case 'NotAMultiple': {
      const { multipleMinor: multipleOf, currency } = error;
      return { rule: `must be a multiple of ${multipleOf} for ${currency}`, multipleOf };
    }
    default:
      return { rule: AMOUNT_RULE };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The command that the body of an authorize stands for. */
export function authorizeOf(
  { terms, amount }: AuthorizeRequest,
  about: {
    readonly orderId: string;
    readonly correlationId: string;
    /** The id of the one payment that the request may make; null where it names no such id. */
    readonly ownPaymentId: OwnPaymentId | null;
  },
): AuthorizeCommand {
  const { customer, order, custpaymentId, return_url: returnUrl } = terms;
  const { orderId, correlationId, ownPaymentId } = about;
  const own = custpaymentId === null ? ownPaymentId : null;
  return {
    orderId,
    customerId: customer.clerkUserId,
    stripeCustomerId: customer.stripeCustomerId,
    paymentMethodId: customer.userStripeCard?.payment_method_id ?? null,
    amount,
    description: order.description,
    paymentId: custpaymentId ?? own?.id ?? null,
    onceOnly: own !== null,
    ...(own === null || own.formerId === null ? {} : { formerPaymentId: own.formerId }),
    returnUrl,
    ...(order.headroom === true ? { headroom: true } : {}),
    savePaymentMethod: customer.savePaymentMethod ?? false,
    correlationId,
  };
}
