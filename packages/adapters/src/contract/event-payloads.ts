import { STATUSES, TRANSFER_STATUSES } from '@campusg-pay/core';
import { z } from 'zod';

/** Where an event or reply comes from, in the value and in `ce_source`. */
export const SOURCE = 'payment-service';

const time = z.iso.datetime({ offset: true });

const version = z
  .int()
  .positive()
  .nullable()
  .meta({
    description:
      'Counts what happened to the payment: 1, 2, 3 ... without gaps. Drop what is not above the ' +
      'last one seen. Null where nothing happened: a reply to a repeated or refused command.',
  });

/** What every message about a payment tells. */
const payment = z.object({
  payment_id: z.string(),
  order_id: z.string(),
  customer_id: z.string(),
  runner_id: z.string().nullable(),
  payment_intent_id: z.string().nullable(),
  status: z.enum(STATUSES).meta({ description: "The payment's status afterwards." }),
  amount: z.number().meta({
    description: 'What was taken, else what is to be held, in major units: 20.98.',
  }),
  amount_minor: z.int().meta({ description: 'The same amount in minor units: 2098.' }),
  currency: z.string(),
  version,
});

const reason = z.string().nullable();

const transferId = z
  .string()
  .nullable()
  .meta({
    description:
      "Stripe's id (`tr_...`) where the runner's share was sent in the same command; else null: a " +
      '`payment.transfer_sent` tells once it was, if there is one to send.',
  });

const transfer = z.object({
  transfer_id: z.string().meta({ description: 'Ours, the same for ever.' }),
  stripe_transfer_id: z.string().nullable().meta({ description: '`tr_...`, once it was sent.' }),
  status: z.enum(TRANSFER_STATUSES),
  amount_minor: z.int().meta({ description: 'What is to be sent, or was, in minor units.' }),
  reversed_minor: z.int().meta({ description: 'What came back of it, in minor units.' }),
  netted_minor: z.int().meta({
    description: "Kept back of the runner's share for what they owe, in minor units.",
  }),
  runner_id: z.string(),
  stripe_account: z
    .string()
    .nullable()
    .meta({ description: '`acct_...`; null: there is none yet.' }),
  reason: reason.meta({ description: 'Why it waits, in words; null where it does not.' }),
});

const debt = z.object({
  debt_id: z.string(),
  runner_id: z.string(),
  amount_minor: z.int().meta({ description: 'What the runner owes of it, in minor units.' }),
  currency: z.string(),
});

const failed = z.object({
  error: z.string().meta({ description: 'A stable code, the same as over HTTP.' }),
  message: z.string().meta({ description: 'A sentence that a person can act on.' }),
  stripe_code: z.string().optional().meta({ description: "Stripe's code." }),
  decline_code: z.string().optional().meta({ description: "The bank's reason." }),
  payment_id: z.string().optional(),
  order_id: z.string().optional(),
  status: z.enum(STATUSES).optional().meta({
    description: 'Of the payment. Only FAILED says that the payment has failed.',
  }),
  issues: z
    .array(z.object({ field: z.string(), rule: z.string() }).loose())
    .optional()
    .meta({ description: 'Every invalid field of the command.' }),
  version,
});

function refund<Status extends string>(...statuses: readonly Status[]) {
  return z.object({
    refund_id: z
      .string()
      .nullable()
      .meta({
        description:
          "The caller's name for it, or ours; Stripe's id for one that was made outside of this " +
          'service, and null where only the sum of all refunds told of it.',
      }),
    amount_minor: z.int().meta({ description: 'Of this refund, in minor units.' }),
    status: z.enum(statuses),
    reason: reason.meta({ description: 'Why it failed, where the bank said so.' }),
    stripe_refund_id: z
      .string()
      .nullable()
      .meta({ description: '`re_...`, where Stripe told it.' }),
  });
}

const refundedMinor = z.int().meta({
  description:
    'What is given back in all, in minor units, this refund counted; not in the reply to a repeat.',
});

const dispute = z.object({
  dispute_id: z.string(),
  status: z.string().meta({ description: "Stripe's word: needs_response, under_review, lost ..." }),
  reason: z.string().meta({ description: "Stripe's word, such as fraudulent." }),
  amount_minor: z.int().meta({ description: 'What the bank wants back, in minor units.' }),
});

/** The payload of each message type that we send. */
export const PAYLOADS = {
  'payment.authorized': payment.extend({
    capture_before: time
      .nullable()
      .optional()
      .meta({ description: 'When the hold lapses by itself, where Stripe told it.' }),
  }),
  'payment.expiring': payment.extend({
    capture_before: time.meta({ description: 'When the hold lapses, if nobody acts.' }),
  }),
  'payment.released': payment.extend({
    received_minor: z.int().optional().meta({ description: 'What was taken, in minor units.' }),
    transfer_id: transferId,
    revert_method: z.string().optional(),
    reason: reason.optional(),
  }),
  'payment.reverted': payment.extend({
    revert_method: z.enum(['voided', 'refunded', 'canceled', 'expired']).optional().meta({
      description: 'Hold let go, money refunded, never held, or hold lapsed.',
    }),
    reason: reason.optional(),
  }),
  'payment.failed': failed,
  'payment.runner_named': payment,
  'payment.refund_pending': payment.extend({ refund: refund('pending') }),
  'payment.refunded': payment.extend({
    refund: refund('succeeded'),
    refunded_minor: refundedMinor.optional(),
  }),
  'payment.refund_failed': payment.extend({
    refund: refund('failed', 'canceled'),
    refunded_minor: refundedMinor,
  }),
  'payment.transfer_owed': payment.extend({ transfer }),
  'payment.transfer_sent': payment.extend({ transfer }),
  'payment.transfer_waiting': payment.extend({ transfer }),
  'payment.transfer_reversed': payment.extend({
    transfer,
    reversal: z.object({
      amount_minor: z.int().meta({ description: 'What came back just now, in minor units.' }),
    }),
  }),
  'payment.runner_debt': payment.extend({ transfer, debt }),
  'payment.disputed': payment.extend({ dispute }),
  'payment.dispute_closed': payment.extend({ dispute }),
  'payment.requires_action': payment,
  'payment.review_needed': payment.extend({ reason: z.string() }),
  'payment.reviewed': payment.extend({ note: z.string() }),
} as const;

export type MessageType = keyof typeof PAYLOADS;

/** The payload that belongs to a type. */
export type PayloadOf<Type extends MessageType> = z.output<(typeof PAYLOADS)[Type]>;

/** The platform's envelope around a payload. */
export function envelope<Payload extends z.ZodType>(type: string, payload: Payload) {
  return z.object({
    type: z.literal(type),
    correlation_id: z.string().meta({
      description:
        'Of the command that this answers. What answers nobody has an id of its own here, its ' +
        '`ce_id`; only `payment.requires_action` names the authorize that goes on waiting.',
    }),
    timestamp: time,
    payload,
    source: z.literal(SOURCE),
  });
}
