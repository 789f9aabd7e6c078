import { z } from 'zod';
import { anObject, freeText, ID_LENGTH, orNull, pathId, required, stripeId } from './schemas.js';

const ACCOUNT = /^acct_[A-Za-z0-9]{1,195}$/;
const ACCOUNT_EXAMPLE = 'acct_1R7xF8QR8BO665Mw';

/** A connected account at Stripe, which a runner's share is sent to. */
const account = stripeId(ACCOUNT, ACCOUNT_EXAMPLE);

/** The same over messages, where some callers send an empty text for none. */
const accountOrEmpty = z
  .union([z.literal(''), z.string().regex(ACCOUNT)], {
    error: `must be a Stripe id such as ${ACCOUNT_EXAMPLE}, at most 200 characters long`,
  })
  .nullish()
  .transform((text) => text || null);

/** An amount beside what is held; its currency is the payment's. Never converted from text. */
function minorUnits(minimum: 0 | 1) {
  const rule = `must be a whole number of minor units from ${minimum} up (2098 for 20.98), not text`;
  return z.int({ error: rule }).min(minimum, { error: rule }).nullish().transform(orNull);
}

const RUNNER =
  'Whose delivery it was: their share is sent to their Stripe account, once there is one.';
const RUNNERS_ACCOUNT =
  "The runner's connected account, which is remembered. Left out: the one that is known; their share " +
  'waits where there is none.';
const PARTS = {
  amount: minorUnits(1).meta({
    description:
      "What is taken of the order's amount, in minor units; the rest goes back to the customer at " +
      'once. Left out: all of it.',
  }),
  tip: minorUnits(0).meta({ description: 'Taken on top of that, in minor units.' }),
} as const;
const fee = minorUnits(0).meta({
  description:
    'What the platform keeps, in minor units, at most what is taken. Left out: as configured ' +
    '(`PLATFORM_FEE_PERCENT`, `PLATFORM_FEE_FIXED`).',
});

export const releaseBody = z.object(
  {
    runnerId: pathId.meta({ ...ID_LENGTH, description: RUNNER }),
    runnerStripeAccount: account.meta({ description: RUNNERS_ACCOUNT }),
    ...PARTS,
    platformFee: fee,
  },
  anObject,
);

const reason = freeText(500).meta({ description: 'Free text, kept with the payment.' });
const part = minorUnits(1).meta({
  description:
    'What is given back of what was taken, in minor units. Left out: all that is left. A part needs ' +
    'a name, so that it is given back once.',
});
const refundName = pathId.nullish().transform(orNull);

export const revertBody = z.object(
  {
    reason,
    amount: part,
    refundId: refundName.meta({
      ...ID_LENGTH,
      description:
        "The caller's name for this refund, unique in the payment. Left out: one that is made of the " +
        '`Idempotency-Key`.',
    }),
  },
  anObject,
);

export const releasePayload = z.object({
  payment_id: pathId.meta({ ...ID_LENGTH, description: 'The payment.' }),
  runner_id: pathId.meta({ ...ID_LENGTH, description: RUNNER }),
  runner_connect_account_id: accountOrEmpty.meta({ description: RUNNERS_ACCOUNT }),
  ...PARTS,
  platform_fee: fee,
});

/** The same over HTTP, where the path names the payment. */
export const compatReleaseBody = releasePayload.omit({ payment_id: true });

export const revertPayload = z.object({
  payment_id: pathId.meta({ ...ID_LENGTH, description: 'The payment.' }),
  reason,
  amount: part,
  refund_id: refundName.meta({
    ...ID_LENGTH,
    description:
      "The caller's name for this refund, unique in the payment. Left out: one that is made of the " +
      'correlation id.',
  }),
});

/** The same over HTTP, where the path names the payment. */
export const compatRevertBody = revertPayload.omit({ payment_id: true });

/** Where a runner's money goes from now on. */
export const runnerBody = z.object(
  {
    stripeAccount: z
      .string({
        error: required(`must be a Stripe id such as ${ACCOUNT_EXAMPLE}, or null for none`),
      })
      .regex(ACCOUNT, {
        error: `must be a Stripe id such as ${ACCOUNT_EXAMPLE}, at most 200 characters long`,
      })
      .nullable()
      .meta({ description: "The runner's connected account; null: they have none." }),
  },
  anObject,
);
