import type {
  GatewayCall,
  GatewayReply,
  PaymentGateway,
  Report,
  ReversalOperation,
  TransferOperation,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { type ConnectModel, reversalOutcome, transferOutcome } from './connect-model.js';
import { fingerprint } from './gateway-replies.js';
import type { GatewayTrouble, troubledLine } from './line.js';
import type { StripeModel } from './stripe-model.js';

/** Sends a transfer, or takes of it back. The refusal under a key is remembered like an answer. */
export function moveOnward(
  model: StripeModel,
  connect: ConnectModel,
  { payment, operation, installation }: GatewayCall & { operation: Onward },
  befallen: GatewayTrouble | null,
): GatewayReply {
  const { key: operationKey } = operation;
  const frozen = befallen?.type === 'refuse' ? befallen.detail : null;
  const asked = fingerprint(payment, operation, installation);
  if (operation.kind === 'transfer') {
    const call = { payment, operation, installation };
    const answer = model.once(operationKey, asked, () => frozen ?? connect.send(call));
    return replyOf({ type: 'transfer', operationKey, outcome: transferOutcome(answer) });
  }
  const { stripeTransferId, amountMinor } = operation.params;
  const answer = model.once(
    operationKey,
    asked,
    () => frozen ?? connect.takeBack(stripeTransferId, amountMinor, operationKey),
  );
  const outcome = reversalOutcome(connect, operation, answer);
  return replyOf({ type: 'reversal', operationKey, outcome });
}

type Onward = TransferOperation | ReversalOperation;

function replyOf(report: Report): GatewayReply {
  return { report, action: null };
}

/** What can be asked about connected accounts, and what went there. */
export function transferSearches(
  connect: ConnectModel,
  { exchange }: ReturnType<typeof troubledLine>,
): Pick<PaymentGateway, 'findTransfer' | 'findReversal' | 'account'> {
  return {
    findTransfer: ({ payment, transferId, installation }) =>
      exchange('findTransfer', () => {
        const found = [...connect.transfers.values()].find(
          (it) =>
            it.paymentId === payment.id &&
            it.transferId === transferId &&
            (it.installation ?? installation) === installation,
        );
        if (found === undefined) return ok(null);
        const { reversals, ...transfer } = found;
        return ok(transfer);
      }),
    findReversal: ({ stripeTransferId, operationKey }) =>
      exchange('findReversal', () => {
        const { reversals = [] } = connect.transfers.get(stripeTransferId) ?? {};
        const found = reversals.find((it) => it.operationKey === operationKey);
        if (found === undefined) return ok(null);
        const { stripeReversalId, amountMinor } = found;
        return ok({ type: 'reversed', stripeReversalId, amountMinor });
      }),
    account: (stripeAccount) => exchange('account', () => ok(connect.account(stripeAccount))),
  };
}
