import type { AccountSnapshot, TransferSnapshot } from '@campusg-pay/core';
import { z } from 'zod';
import {
  metadataId,
  minorUnits,
  objectId,
  reference,
  text,
  time,
  upperCaseCurrency,
} from './shapes.js';

// What we read of Stripe's objects about connected accounts and money that goes there.

const transferId = z.string().regex(/^tr_[\w-]{1,250}$/);

/** By these a transfer says which payment it was made for. */
const metadata = z.object({
  payment_id: metadataId,
  order_id: metadataId,
  transfer_id: metadataId,
  installation: metadataId,
});

/** Whose it is, whatever else is in it. */
export const namedTransfer = z.object({ metadata });

export const transfer = z.object({
  id: transferId,
  object: z.literal('transfer'),
  amount: minorUnits,
  amount_reversed: minorUnits,
  currency: upperCaseCurrency,
  destination: reference(objectId),
  source_transaction: reference(objectId).nullish(),
  metadata,
});
export type ReadTransfer = z.output<typeof transfer>;

/** With what only a list is asked for. */
export const listedTransfer = transfer.extend({ created: time, transfer_group: text.nullish() });
export type ReadListedTransfer = z.output<typeof listedTransfer>;

/** A movement of our balance that tells of a reversal, or of a refund that came back; its source is sent whole. */
export const movement = z.object({
  id: objectId,
  object: z.literal('balance_transaction'),
  amount: z.int(),
  currency: upperCaseCurrency,
  created: time,
  source: z.union([
    z.object({ object: z.literal('transfer_reversal'), transfer: reference(transferId) }),
    z.object({ object: z.literal('refund'), payment_intent: reference(objectId).nullable() }),
  ]),
});

export const reversal = z.object({
  id: z.string().regex(/^trr_[\w-]{1,250}$/),
  object: z.literal('transfer_reversal'),
  amount: minorUnits,
  transfer: reference(transferId),
  metadata: z.object({ reversal_key: metadataId }).nullish(),
  /** Told to those only whose reversals may wait for the account's money. */
  status: z.string().nullish(),
});
export type ReadReversal = z.output<typeof reversal>;

/** Below zero where the account owes Stripe. */
export const balance = z.object({
  object: z.literal('balance'),
  available: z.array(z.object({ amount: z.int(), currency: z.string() })),
});

const capability = z.string().optional();
const requirements = z.object({ disabled_reason: text.nullish() }).nullish();

/** Any of these lets an account take transfers; the first is the one that is asked for today. */
const capabilities = z.object({
  transfers: capability,
  legacy_payments: capability,
  crypto_transfers: capability,
});

export const connectedAccount = z.object({
  id: objectId,
  object: z.literal('account'),
  deleted: z.boolean().optional(),
  capabilities: capabilities.nullish(),
  requirements,
});
export type ReadAccount = z.output<typeof connectedAccount>;

/** As API v2 shows it, with what makes it a recipient. */
export const recipientAccount = z.object({
  id: objectId,
  object: z.literal('v2.core.account'),
  closed: z.boolean().nullish(),
  configuration: z
    .object({
      recipient: z
        .object({
          capabilities: z
            .object({
              stripe_balance: z
                .object({
                  stripe_transfers: z
                    .object({
                      status: z.string(),
                      status_details: z.array(z.object({ code: text })).nullish(),
                    })
                    .nullish(),
                })
                .nullish(),
            })
            .nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type ReadRecipient = z.output<typeof recipientAccount>;

/** One capability of an account, as an event shows it. */
export const shownCapability = z.object({
  id: objectId,
  object: z.literal('capability'),
  account: reference(objectId),
  status: z.string(),
  requirements,
});

export function transferSnapshot(read: ReadTransfer): TransferSnapshot {
  return {
    stripeTransferId: read.id,
    installation: read.metadata.installation,
    paymentId: read.metadata.payment_id,
    transferId: read.metadata.transfer_id,
    stripeAccount: read.destination,
    amountMinor: read.amount,
    currency: read.currency,
    reversedMinor: read.amount_reversed,
    chargeId: read.source_transaction ?? null,
  };
}

/** Whether it tells of transfers at all: an account of API v2 need not. */
export function tellsOfTransfers({ capabilities: told }: ReadAccount): boolean {
  return told != null && Object.values(told).some((status) => status !== undefined);
}

export function toAccount({ id, capabilities: told, requirements: due }: ReadAccount) {
  const isActive = Object.values(told ?? {}).includes('active');
  return accountOf(id, isActive, due?.disabled_reason ?? null);
}

export function toRecipient({ id, configuration }: ReadRecipient): AccountSnapshot {
  const told = configuration?.recipient?.capabilities?.stripe_balance?.stripe_transfers;
  return accountOf(id, told?.status === 'active', told?.status_details?.at(0)?.code ?? null);
}

/** There is no reason why it can't where it can. */
export function accountOf(
  stripeAccount: string,
  transfersEnabled: boolean,
  reason: string | null,
): AccountSnapshot {
  return { stripeAccount, transfersEnabled, reason: transfersEnabled ? null : reason };
}
