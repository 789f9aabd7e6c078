// Where the runners' money goes at a gateway of your own: accounts, what was sent there, what came back.
import type {
  GatewayCall,
  PaymentGateway,
  Report,
  ReversalOperation,
  ReversalOutcome,
  TransferObstacle,
  TransferOperation,
  TransferOutcome,
  TransferSnapshot,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';

interface Account {
  readonly enabled: boolean;
  readonly balanceMinor: number;
}

interface Back {
  readonly key: string;
  readonly stripeReversalId: string;
  readonly amountMinor: number;
  readonly at: Date;
}

type CallOf<Operation> = Omit<GatewayCall, 'operation'> & { readonly operation: Operation };

const no = (obstacle: TransferObstacle, detail: string): TransferOutcome => {
  return { type: 'refused', obstacle, detail };
};

/**
 * @param takenBy what a charge has taken, in minor units
 * @param now the gateway's own time
 */
export function ownTransfers(takenBy: (chargeId: string) => number, now: () => Date) {
  const accounts = new Map<string, Account>();
  const sent = new Map<string, TransferSnapshot>();
  const back = new Map<string, readonly Back[]>();
  const sentAt = new Map<string, Date>();

  const book = (stripeAccount: string, amountMinor: number): void => {
    const { enabled = false, balanceMinor = 0 } = accounts.get(stripeAccount) ?? {};
    accounts.set(stripeAccount, { enabled, balanceMinor: balanceMinor + amountMinor });
  };

  const send = ({ payment, operation, installation }: CallOf<TransferOperation>) => {
    const { transferId, stripeAccount, amountMinor, chargeId } = operation.params;
    const account = accounts.get(stripeAccount);
    if (account === undefined) return no('account_unknown', 'there is no such account');
    if (!account.enabled) return no('account_unable', 'the account takes none yet');
    const before = [...sent.values()].filter((one) => one.chargeId === chargeId);
    const sentMinor = before.reduce((sum, one) => sum + one.amountMinor, 0);
    if (chargeId === null || sentMinor + amountMinor > takenBy(chargeId))
      return no('other', 'the charge does not pay for it');
    const transfer: TransferSnapshot = {
      stripeTransferId: `transfer_${sent.size + 1}`,
      installation,
      paymentId: payment.id,
      transferId,
      stripeAccount,
      amountMinor,
      currency: payment.amount.currency,
      reversedMinor: 0,
      chargeId,
    };
    sent.set(transfer.stripeTransferId, transfer);
    sentAt.set(transfer.stripeTransferId, now());
    book(stripeAccount, amountMinor);
    return { type: 'sent', transfer } as const;
  };

  const takeBack = ({ operation: { key, params } }: CallOf<ReversalOperation>): ReversalOutcome => {
    const { stripeTransferId, amountMinor } = params;
    const transfer = sent.get(stripeTransferId);
    const leftMinor = transfer === undefined ? 0 : transfer.amountMinor - transfer.reversedMinor;
    if (transfer === undefined || amountMinor > leftMinor)
      return { type: 'refused', detail: `${leftMinor} minor units are left of it` };
    const { balanceMinor = 0 } = accounts.get(transfer.stripeAccount) ?? {};
    if (balanceMinor < amountMinor)
      return { type: 'short', availableMinor: balanceMinor, detail: 'balance_insufficient' };
    const earlier = back.get(stripeTransferId) ?? [];
    const stripeReversalId = `back_${stripeTransferId}_${earlier.length + 1}`;
    const reversedMinor = transfer.reversedMinor + amountMinor;
    back.set(stripeTransferId, [...earlier, { key, stripeReversalId, amountMinor, at: now() }]);
    sent.set(stripeTransferId, { ...transfer, reversedMinor });
    book(transfer.stripeAccount, -amountMinor);
    return { type: 'reversed', stripeReversalId, amountMinor };
  };

  const searches: Pick<PaymentGateway, 'findTransfer' | 'findReversal' | 'account'> = {
    findTransfer: async ({ payment, transferId, installation }) => {
      const found = [...sent.values()].find(
        (one) =>
          one.paymentId === payment.id &&
          one.transferId === transferId &&
          one.installation === installation,
      );
      return ok(found ?? null);
    },
    findReversal: async ({ stripeTransferId, operationKey }) => {
      const found = back.get(stripeTransferId)?.find(({ key }) => key === operationKey);
      if (found === undefined) return ok(null);
      const { stripeReversalId, amountMinor } = found;
      return ok({ type: 'reversed', stripeReversalId, amountMinor });
    },
    account: async (stripeAccount) => {
      const account = accounts.get(stripeAccount);
      if (account === undefined) return ok(null);
      return ok({ stripeAccount, transfersEnabled: account.enabled, reason: null });
    },
  };

  return {
    sent: () =>
      [...sent.values()].map((transfer) => ({
        transfer,
        createdAt: sentAt.get(transfer.stripeTransferId) ?? now(),
      })),
    reversals: () =>
      [...back].flatMap(([stripeTransferId, all]) =>
        all.map(({ stripeReversalId: movementId, amountMinor, at: createdAt }) => {
          const { currency = '' } = sent.get(stripeTransferId) ?? {};
          return { movementId, createdAt, amountMinor, currency, stripeTransferId };
        }),
      ),
    searches,
    send: (call: CallOf<TransferOperation>): Report => {
      return { type: 'transfer', operationKey: call.operation.key, outcome: send(call) };
    },
    takeBack: (call: CallOf<ReversalOperation>): Report => {
      return { type: 'reversal', operationKey: call.operation.key, outcome: takeBack(call) };
    },
    addAccount: (enabled: boolean): string => {
      const id = `account_${accounts.size + 1}`;
      accounts.set(id, { enabled, balanceMinor: 0 });
      return id;
    },
    payOut: async (id: string): Promise<void> => {
      const { enabled = false } = accounts.get(id) ?? {};
      accounts.set(id, { enabled, balanceMinor: 0 });
    },
  };
}
