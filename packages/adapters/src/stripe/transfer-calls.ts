import type {
  GatewayCall,
  GatewayFault,
  GatewayReply,
  Payment,
  PaymentGateway,
  ReversalOperation,
  ReversalOutcome,
  TransferOperation,
  TransferOutcome,
  TransferSnapshot,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type Stripe from 'stripe';
import { unlessDenied } from './denied-account.js';
import { type Ask, asFault } from './exchange.js';
import { findListed } from './pages.js';
import { UnreadableReply } from './sdk-errors.js';
import { readAs } from './shapes.js';
import { refusedReversal, refusedTransfer, unlessRefused } from './transfer-refusals.js';
import {
  balance,
  type ReadReversal,
  reversal,
  transfer,
  transferSnapshot,
} from './transfer-shapes.js';

/** Money on its way to connected accounts, and back. */
export interface TransferCalls extends Pick<PaymentGateway, 'findTransfer' | 'findReversal'> {
  readonly send: Performing<TransferOperation>;
  readonly takeBack: Performing<ReversalOperation>;
}

type Performing<Operation> = (
  call: Omit<GatewayCall, 'operation'> & { readonly operation: Operation },
) => Promise<Result<GatewayReply, GatewayFault>>;

/** As many as Stripe gives at once. */
const LIMIT = 100;

export function transferCalls(stripe: Stripe, ask: Ask): TransferCalls {
  return {
    send: async (call) => {
      const { payment, operation, withinMs } = call;
      const sent = await ask('transfer', sending(stripe, call), payment.id, withinMs);
      const outcome = unlessRefused(sent, refusedTransfer);
      return outcome.map((is) => ({
        report: { type: 'transfer', operationKey: operation.key, outcome: is },
        action: null,
      }));
    },
    takeBack: async (call) => {
      const { payment, operation, withinMs } = call;
      const { stripeTransferId } = operation.params;
      const reversed = await ask('reversal', reversing(stripe, call), payment.id, withinMs);
      const outcome = unlessRefused(reversed, refusedReversal);
      if (outcome.isErr()) return err(outcome.error);
      const is = outcome.value;
      const told =
        is.type === 'short'
          ? { ...is, availableMinor: await availableAt(stripe, ask, { payment, stripeTransferId }) }
          : is;
      const report = { type: 'reversal', operationKey: operation.key, outcome: told } as const;
      return ok({ report, action: null });
    },
    findTransfer: async ({ payment, transferId, installation }) => {
      const call = 'find transfer';
      const found = await ask(call, async (going) => {
        for (const [nth, group] of groupsOf(payment).entries()) {
          if (nth > 0) await going.next(call);
          const one = await findListed({
            page: (after) =>
              stripe.transfers.list({ transfer_group: group, limit: LIMIT, ...after }),
            shape: transfer,
            isWanted: ({ metadata }) =>
              metadata.payment_id === payment.id &&
              metadata.transfer_id === transferId &&
              isOurs(metadata.installation, installation),
            call,
            going,
          });
          if (one !== null) return transferSnapshot(readAs(transfer, one));
        }
        return null;
      });
      return found.mapErr(asFault);
    },
    findReversal: async ({ stripeTransferId, operationKey }) => {
      const call = 'find reversal';
      const found = await ask(call, async (going) => {
        const one = await findListed({
          page: (after) =>
            stripe.transfers.listReversals(stripeTransferId, { limit: LIMIT, ...after }),
          shape: reversal,
          isWanted: ({ metadata }) => metadata?.reversal_key === operationKey,
          call,
          going,
        });
        return one === null ? null : toReversal(readAs(reversal, one));
      });
      if (found.isOk()) return ok(found.value);
      // Of a transfer that is not there nothing came back either.
      const isGone = found.error.type === 'Refused' && found.error.missing;
      return isGone ? ok(null) : err(asFault(found.error));
    },
  };
}

/** What was made for a record from before there were names has none; its own id is name enough. */
function isOurs(named: string | null, installation: string): boolean {
  return named === null || named === installation;
}

/** Sends a transfer; what is answered must be the one that was asked for. */
function sending(
  stripe: Stripe,
  { payment, operation, installation }: Parameters<TransferCalls['send']>[0],
) {
  const { transferId, stripeAccount, amountMinor, chargeId } = operation.params;
  const params: Stripe.TransferCreateParams = {
    amount: amountMinor,
    currency: payment.amount.currency.toLowerCase(),
    destination: stripeAccount,
    // With a charge the group is that of the charge: docs.stripe.com/connect/separate-charges-and-transfers.
    ...(chargeId === null ? { transfer_group: payment.id } : { source_transaction: chargeId }),
    metadata: {
      payment_id: payment.id,
      order_id: payment.orderId,
      transfer_id: transferId,
      ...(installation === null ? {} : { installation }),
    },
  };
  const options = { idempotencyKey: operation.key };
  const wanted: Omit<TransferSnapshot, 'stripeTransferId' | 'reversedMinor'> = {
    installation,
    paymentId: payment.id,
    transferId,
    stripeAccount,
    amountMinor,
    currency: payment.amount.currency,
    chargeId,
  };
  return async (): Promise<TransferOutcome> => {
    const answer = await unlessDenied(stripe.transfers.create(params, options));
    if (answer.isErr())
      return { type: 'refused', obstacle: 'account_unknown', detail: answer.error };
    const sent = transferSnapshot(readAs(transfer, answer.value));
    const { stripeTransferId, reversedMinor, ...facts } = sent;
    const names = Object.keys(wanted) as (keyof typeof wanted)[];
    const isAnother = names.some((name) => facts[name] !== wanted[name]);
    if (isAnother) throw new UnreadableReply('it is about another transfer');
    return { type: 'sent', transfer: { ...facts, stripeTransferId, reversedMinor } };
  };
}

function reversing(
  stripe: Stripe,
  { operation, installation }: Parameters<TransferCalls['takeBack']>[0],
) {
  const { transferId, stripeTransferId, amountMinor } = operation.params;
  const params: Stripe.TransferCreateReversalParams = {
    amount: amountMinor,
    metadata: {
      transfer_id: transferId,
      reversal_key: operation.key,
      ...(installation === null ? {} : { installation }),
    },
  };
  const options = { idempotencyKey: operation.key };
  return async (): Promise<ReversalOutcome> => {
    const read = readAs(
      reversal,
      await stripe.transfers.createReversal(stripeTransferId, params, options),
    );
    const isOurs =
      read.transfer === stripeTransferId &&
      read.amount === amountMinor &&
      read.metadata?.reversal_key === operation.key;
    if (!isOurs) throw new UnreadableReply('it is about another reversal');
    return toReversal(read);
  };
}

/** One that waits for the account's money is Stripe's to finish: the account can't use it any more. */
function toReversal({ id: stripeReversalId, amount, status }: ReadReversal): ReversalOutcome {
  if (status === 'failed' || status === 'canceled')
    return { type: 'refused', detail: `reversal ${status}: ${stripeReversalId}` };
  return { type: 'reversed', stripeReversalId, amountMinor: amount };
}

/**
 * What the account that a transfer went to has to give, in the payment's currency. Null where that
 * can't be asked: an account may keep its balance to itself.
 */
async function availableAt(
  stripe: Stripe,
  ask: Ask,
  { payment, stripeTransferId }: { readonly payment: Payment; readonly stripeTransferId: string },
): Promise<number | null> {
  const currency = payment.amount.currency.toLowerCase();
  const asked = await ask(
    'retrieve balance',
    async (going) => {
      await going.next('retrieve transfer');
      const sent = readAs(transfer, await stripe.transfers.retrieve(stripeTransferId));
      await going.next('retrieve balance');
      const stripeAccount = sent.destination;
      const { available } = readAs(balance, await stripe.balance.retrieve({}, { stripeAccount }));
      const sums = available.filter((one) => one.currency === currency);
      return Math.max(
        0,
        sums.reduce((sum, { amount }) => sum + amount, 0),
      );
    },
    payment.id,
  );
  return asked.unwrapOr(null);
}

/**
 * The groups that a payment's transfers may be in. Where the PaymentIntent was made without one,
 * Stripe makes up that of its charge: docs.stripe.com/connect/separate-charges-and-transfers.
 */
export function groupsOf({ id, paymentIntentId }: Payment): readonly string[] {
  return paymentIntentId === null ? [id] : [id, `group_${paymentIntentId}`];
}
