import { parseCurrency } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';
import { UnreadableReply } from './sdk-errors.js';
import { cleanText, isStorable } from './text.js';

// What we read of Stripe's objects, and what must be so for us to go by it. All that comes from
// Stripe, by whatever way, goes through here: no other file believes the SDK's types.

/** What came, as far as we read it, or why it can't be. The reason names fields, never values. */
export function tryRead<Shape extends z.ZodType>(
  shape: Shape,
  came: unknown,
): Result<z.output<Shape>, UnreadableReply> {
  const read = shape.safeParse(came);
  if (read.success) return ok(read.data);
  const [issue] = read.error.issues;
  const where = issue === undefined ? '' : issue.path.map(String).join('.');
  return err(new UnreadableReply(`${where === '' ? 'all of it' : where} is not as expected`));
}

/** The same inside of a call, which tells it as a fault. */
export function readAs<Shape extends z.ZodType>(shape: Shape, came: unknown): z.output<Shape> {
  const result = tryRead(shape, came);
  if (result.isErr()) throw result.error;
  return result.value;
}

const intentId = z.string().regex(/^pi_[\w-]{1,250}$/);
/** Long ago one could choose them, so that there are ids of all forms. */
export const objectId = z.string().regex(/^[\x21-\x7e]{1,255}$/);

/** An object that is sent whole where that was asked for, and by its id else. */
export function reference(id: z.ZodString) {
  return z.union([id, z.object({ id }).transform((whole) => whole.id)]);
}

export const minorUnits = z.int().nonnegative();
export const upperCaseCurrency = z.string().transform((text, context) => {
  const currency = parseCurrency(text);
  if (currency.isOk()) return currency.value;
  context.addIssue('no currency');
  return z.NEVER;
});
/** Up to the year 9999. */
export const time = z
  .int()
  .min(0)
  .max(253_402_300_799)
  .transform((seconds) => new Date(seconds * 1000));
export const text = z.string().transform(cleanText);

export const metadataId = z
  .string()
  .optional()
  // Others on the same account may use our words; what can't be an id of ours is none.
  .transform((id) => (id !== undefined && id !== '' && isStorable(id) ? id : null));

/** Stripe's list of statuses is open: what we don't know is not done yet. */
const refundStatus = z
  .string()
  .nullable()
  .transform((status) =>
    status === 'succeeded' || status === 'failed' || status === 'canceled' ? status : 'pending',
  );

export const refund = z.object({
  id: objectId,
  object: z.literal('refund'),
  status: refundStatus,
  amount: minorUnits,
  failure_reason: text.nullish(),
  metadata: z.object({ refund_id: metadataId }).nullish(),
});

const charge = z.object({
  id: objectId,
  object: z.literal('charge'),
  amount_refunded: minorUnits,
  disputed: z.boolean().optional(),
  /** Sent where that was asked for, the newest first. */
  refunds: z.object({ data: z.array(refund), has_more: z.boolean().optional() }).nullish(),
  payment_method_details: z
    .object({
      card: z
        .object({
          capture_before: time.nullish(),
          overcapture: z
            .object({ status: z.string(), maximum_amount_capturable: minorUnits })
            .nullish(),
          incremental_authorization: z.object({ status: z.string() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});

/** By these a PaymentIntent says which payment it was made for. */
const metadata = z.object({
  payment_id: metadataId,
  order_id: metadataId,
  installation: metadataId,
});

const intentFields = z.object({
  id: intentId,
  object: z.literal('payment_intent'),
  status: z.string(),
  amount: minorUnits,
  amount_received: minorUnits,
  currency: upperCaseCurrency,
  customer: reference(objectId).nullable(),
  cancellation_reason: text.nullable(),
  client_secret: z.string().nullish(),
  last_payment_error: z
    .object({ code: text.nullish(), decline_code: text.nullish(), message: text.nullish() })
    .nullable(),
  metadata,
  next_action: z
    .object({ redirect_to_url: z.object({ url: z.string().nullish() }).nullish() })
    .nullish(),
});

/** A PaymentIntent as an event or an error shows it: its charge by id only. */
export const eventIntent = intentFields.extend({
  latest_charge: z.union([objectId.transform(() => null), charge]).nullable(),
});

/** An error need not be about one. */
export const errorIntent = eventIntent.nullable();

/** With its charge, which was asked for: when the hold lapses and what was refunded stand there. */
const answeredFields = intentFields.extend({ latest_charge: charge.nullable() });

export const answeredIntent = answeredFields.refine(hasItsCharge, { path: ['latest_charge'] });

/** As it is asked for by itself: with the charge's refunds. */
export const retrievedIntent = answeredIntent.refine(hasItsRefunds, { path: ['latest_charge'] });

/** With what only a list is asked for. */
export const listedIntent = answeredFields
  .extend({ created: time, capture_method: z.string() })
  .refine(hasItsCharge, { path: ['latest_charge'] })
  .refine(hasItsRefunds, { path: ['latest_charge'] });

/** Money was held or taken by a charge. */
function hasItsCharge({ status, latest_charge }: z.output<typeof answeredFields>): boolean {
  return latest_charge !== null || (status !== 'requires_capture' && status !== 'succeeded');
}

/** Whether what is given back is there already, only they tell. */
function hasItsRefunds({ latest_charge: charge }: z.output<typeof answeredFields>): boolean {
  return charge === null || charge.amount_refunded === 0 || charge.refunds != null;
}

export type ReadIntent = z.output<typeof eventIntent>;
export type ReadRefund = z.output<typeof refund>;

/** Which payment a PaymentIntent or customer names, whatever else is in it. */
export const namedIntent = z.object({ metadata });

export const refundAnswer = refund.extend({ payment_intent: answeredIntent });

export const dispute = z.object({
  id: objectId,
  object: z.literal('dispute'),
  amount: minorUnits,
  reason: text,
  status: text,
  evidence_details: z.object({ due_by: time.nullish() }).nullish(),
});
export type ReadDispute = z.output<typeof dispute>;

export const customer = z.object({
  id: objectId,
  object: z.literal('customer'),
  deleted: z.boolean().optional(),
});
const face = z.object({
  brand: text,
  last4: text,
  exp_month: z.int(),
  exp_year: z.int(),
  fingerprint: z.string().nullish(),
});

/** A payment method; of one that is no card only the type counts. */
const method = z.object({ id: objectId, type: z.string(), card: face.nullish() });

/** What a customer paid with before there were payment methods: `card_...`, `src_...`, `ba_...`. */
const source = z.union([
  face.extend({ id: objectId, object: z.literal('card') }),
  method.extend({ object: z.literal('source') }),
  z.object({ id: objectId, object: z.string() }),
]);

/** As it is asked for, with what they pay with; a deleted one has nothing. */
export const customerWithDefault = customer.extend({
  invoice_settings: z.object({ default_payment_method: method.nullable() }).optional(),
  default_source: source.nullish(),
});
export type ReadMethod = z.output<typeof method>;
export type ReadSource = z.output<typeof source>;
export const listedCustomer = customer.extend({
  metadata: z.object({
    clerk_user_id: z.string().optional(),
    installation: z.string().optional(),
  }),
});
export const card = z.object({ id: objectId, card: face });

export const account = z.object({ id: objectId, charges_enabled: z.boolean() });
export const endpoint = z.object({
  url: z.string(),
  status: z.string(),
  enabled_events: z.array(z.string()),
});

/** Of an event about a charge or a refund only this counts; all else is asked. */
const onIntent = { payment_intent: reference(intentId).nullable() };
export const shownOnIntent = z.object(onIntent);
export const shownCharge = z.object({ object: z.literal('charge').optional(), ...onIntent });
export const shownRefund = refund.extend(onIntent);
export const listedRefund = shownRefund.extend({ created: time });
export const shownDispute = dispute.extend(onIntent);

/** Of any event. `v2.core.event` is a thin one, which tells what happened and nothing more. */
export const eventEnvelope = z.object({
  id: objectId,
  object: z.enum(['event', 'v2.core.event']),
  type: objectId,
  /** The connected account that it happened at. */
  account: objectId.nullish(),
});
export const eventData = z.object({ data: z.object({ object: z.unknown() }) });
export const withIntentId = z.object({ id: intentId });

/** A page of any list. What is in it is read one by one. */
export const listPage = z.object({
  object: z.literal('list'),
  data: z.array(z.unknown()),
  has_more: z.boolean(),
});
