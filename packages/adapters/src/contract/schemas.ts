import { type Currency, type Issue, LARGEST_CHARGE_MINOR, parseCurrency } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';

// The patterns are also those of the API's description: without flags but `u`, which JSON Schema has.

/**
 * Not blank, and no control, format or separator characters or lone surrogates: they are not
 * printable, and NUL and lone surrogates can't be stored. The joiners are let through, since emoji
 * are spelled with them.
 */
const PRINTABLE = /^(?!\s*$)(?:[\u200c\u200d]|[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}])+$/u;
/** Free text may have lines and tabs. */
const TEXT = /^(?:[\t\n\r]|[^\p{Cc}\p{Cs}])*$/u;

const ID_RULE = 'must be a string of 1 to 200 printable characters';
export const ID_LENGTH = { minLength: 1, maxLength: 200 };

/** An id of the platform's. */
const id = z
  .string({ error: required(ID_RULE) })
  .regex(PRINTABLE, { error: ID_RULE, abort: true })
  .refine((text) => lengthOf(text) <= 200, { error: ID_RULE })
  .meta(ID_LENGTH);

/** Text for people; empty is as good as none, which is also what Stripe holds. */
export function freeText(maximum: number) {
  const rule = `must be text of at most ${maximum} characters without control characters`;
  return z
    .string({ error: rule })
    .regex(TEXT, { error: rule, abort: true })
    .refine((text) => lengthOf(text) <= maximum, { error: rule })
    .meta({ maxLength: maximum })
    .nullish()
    .transform((text) => text || null);
}

/** An id that Stripe gave out, known by its prefix. */
export function stripeId(pattern: RegExp, example: string) {
  const rule = `must be a Stripe id such as ${example}, at most 200 characters long`;
  return z.string({ error: rule }).regex(pattern, { error: rule }).nullish().transform(orNull);
}

const URL_RULE =
  'must be an absolute http or https URL of at most 2000 characters, with a host, and without user ' +
  'name, password, backslashes or white space';

/**
 * Stricter than browsers, which mend what is no URL and may end up at another host than its reader:
 * they take a backslash for a slash, pass over slashes before the host and decode it.
 */
const WEB_URL = new RegExp(
  '^[Hh][Tt][Tt][Pp][Ss]?:\\/\\/' +
    '(?:\\[[\\dA-Fa-f:.]+\\]|(?!\\.)[^\\s\\\\\\/?#@:%\\[\\]\\p{C}]+)(?::\\d{1,5})?' +
    '(?:[\\/?#](?:%[\\dA-Fa-f]{2}|[\\u200c\\u200d]|[^\\s\\\\%\\p{Cc}\\p{Cf}\\p{Cs}])*)?$',
  'u',
);

/** Where a customer is sent back to. */
export const returnAddress = z
  .string({ error: URL_RULE })
  .regex(WEB_URL, { error: URL_RULE, abort: true })
  .refine((text) => text.length <= 2000 && URL.canParse(text), { error: URL_RULE })
  .meta({ format: 'uri', maxLength: 2000 });

const returnUrl = returnAddress.nullish().transform(orNull);

const CURRENCY_RULE = 'must be an ISO 4217 code of a currency that Stripe can charge';

const currency = z
  .string({ error: CURRENCY_RULE })
  .regex(/^[A-Za-z]{3}$/, { error: CURRENCY_RULE })
  .transform((text, context): Currency => {
    const parsed = parseCurrency(text);
    if (parsed.isOk()) return parsed.value;
    context.addIssue(CURRENCY_RULE);
    return z.NEVER;
  })
  .nullish();

export const AMOUNT_RULE = 'must be a whole number of minor units (2098 for 20.98), not text';

/** The limits depend on the currency, so that they are checked apart; see `readAuthorize`. */
const amount = z.int({ error: required(AMOUNT_RULE) }).meta({
  description:
    'Minor units, within what Stripe charges in the currency (USD: 50 to 99999999, IDR: up to ' +
    'twelve digits): 2098 is 20.98.',
  minimum: 1,
  maximum: LARGEST_CHARGE_MINOR,
});

/** What an object is refused with that is none. */
export const anObject = { error: required('must be an object') };

export const authorizeBody = z.object(
  {
    customer: z.object(
      {
        clerkUserId: id.meta({ ...ID_LENGTH, description: "The platform's user who pays." }),
        stripeCustomerId: stripeId(/^cus_[\w-]{1,196}$/, 'cus_1234567890').meta({
          description: 'Used as is. Left out: one Stripe customer per clerkUserId.',
        }),
        userStripeCard: z
          .object(
            {
              payment_method_id: stripeId(
                /^(pm|card|src)_[\w-]{1,195}$/,
                'pm_1R7xF8QR8BO665Mw',
              ).meta({
                description: "Left out: the customer's default payment method.",
              }),
            },
            anObject,
          )
          .nullish(),
        savePaymentMethod: z
          .boolean({ error: 'must be true or false' })
          .nullish()
          .meta({ description: 'Keep the card on the customer for later orders.' }),
      },
      anObject,
    ),
    order: z.object(
      {
        amount,
        currency: currency.meta({
          description: "ISO 4217, e.g. EUR. Left out: the service's currency (USD by default).",
        }),
        headroom: z.boolean({ error: 'must be true or false' }).nullish().meta({
          description:
            'Ask Stripe to let more be taken than is held, or the hold be raised, as far as the card allows it.',
        }),
        description: freeText(500).meta({
          description: 'Shown at Stripe. Left out: `Order <order_id> - CampusG Escrow`.',
        }),
      },
      anObject,
    ),
    custpaymentId: id
      .nullish()
      .transform(orNull)
      .meta({ description: "Becomes the payment's id. Left out: a UUID." }),
    return_url: returnUrl.meta({
      description:
        'Where Stripe sends the customer after authentication. Left out: the `RETURN_URL` of the ' +
        'service. Without both there is no page to open, only a `clientSecret` for Stripe.js.',
    }),
  },
  anObject,
);

/** An id of the platform's or ours, as in a path, percent-decoded. */
export const pathId = id;

export type Read<Value> = Result<Value, Issue[]>;

/** Reads an id out of the path. */
export function readId(
  field: 'order_id' | 'payment_id' | 'user_id' | 'runner_id',
  value: unknown,
): Read<string> {
  const parsed = pathId.safeParse(value);
  return parsed.success ? ok(parsed.data) : err([{ field, rule: ID_RULE }]);
}

/** Reads a body; the issues name every field that breaks its rule. */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
): Read<z.output<Schema>> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return ok(parsed.data);
  return err(
    parsed.error.issues.map(({ path, message }) => ({
      field: path.length === 0 ? 'body' : path.join('.'),
      rule: message,
    })),
  );
}

/** The issues of several parts of one request, in their order. */
export function issuesOf(part: Read<unknown> | null): Issue[] {
  return part?.isErr() ? part.error : [];
}

/** The money of an authorize alone. */
export const chargeTerms = z.object({ order: z.object({ amount, currency }) });

/** What is said of a field that is missing, and of one that breaks the rule. */
export function required(rule: string) {
  return ({ input }: { input?: unknown }) => (input === undefined ? `is required: ${rule}` : rule);
}

/** Null for what is not given. */
export function orNull<Value>(value: Value | null | undefined): Value | null {
  return value ?? null;
}

/** In characters, as Postgres counts them, not in UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}
