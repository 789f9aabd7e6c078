import type {
  AccountNews,
  AccountSnapshot,
  GatewayCall,
  ReversalOperation,
  ReversalOutcome,
  TransferObstacle,
  TransferOperation,
  TransferOutcome,
  TransferSnapshot,
} from '@campusg-pay/core';
import { chargeOf } from './intents.js';
import type { StripeModel } from './stripe-model.js';

/** `closed` accounts are not there for Stripe's other calls. */
export type AccountState = 'able' | 'unable' | 'closed';

/** A connected account at the model gateway. */
export interface ModelAccount {
  readonly stripeAccount: string;
  readonly state: AccountState;
  /** Minor units by currency. */
  readonly balance: ReadonlyMap<string, number>;
}

/** A reversal at the model gateway. */
export interface ModelReversal {
  readonly stripeReversalId: string;
  /** The key it was made under; null for one that a person made. */
  readonly operationKey: string | null;
  readonly amountMinor: number;
}

/** A transfer at the model gateway. */
export interface ModelTransfer extends TransferSnapshot {
  readonly reversals: readonly ModelReversal[];
}

/** What Stripe refuses with, in its codes. */
type Refusal = string;

/** Connected accounts, and what went there and came back. */
export interface ConnectModel {
  readonly accounts: ReadonlyMap<string, ModelAccount>;
  /** By id, the oldest first. */
  readonly transfers: ReadonlyMap<string, ModelTransfer>;
  /** When each transfer and each reversal was made, by its id. */
  readonly madeAt: ReadonlyMap<string, Date>;
  readonly news: readonly AccountNews[];
  /** Null for one that is not there, or closed. */
  account(stripeAccount: string): AccountSnapshot | null;
  /** A fresh one, unless it is named. */
  makeAccount(facts?: Partial<Pick<ModelAccount, 'stripeAccount' | 'state'>>): string;
  setAccount(stripeAccount: string, state: AccountState): void;
  /** All that it has goes to its bank. */
  payOutAccount(stripeAccount: string): void;
  /** From now on our own balance is empty, or no longer: then only charges pay for transfers. */
  setShortOfFunds(isShort: boolean): void;
  send(call: CallOf<TransferOperation>): ModelTransfer | Refusal;
  takeBack(transfer: string, amountMinor: number, key: string | null): ModelReversal | Refusal;
}

type CallOf<Operation> = Omit<GatewayCall, 'operation'> & { readonly operation: Operation };

export function connectModel(model: StripeModel): ConnectModel {
  const transfers = new Map<string, ModelTransfer>();
  const madeAt = new Map<string, Date>();
  const { accounts, news, ...holders } = accountModel();
  let isShort = false;

  const tell = (transfer: ModelTransfer, type: string): void => {
    transfers.set(transfer.stripeTransferId, transfer);
    const { paymentId, transferId } = transfer;
    if (paymentId === null || transferId === null) return;
    const outcome = { type: 'sent', transfer: snapshotOf(transfer) } as const;
    model.tell({ paymentId }, type, { type: 'transfer', operationKey: null, outcome });
  };
  /** Why it can't be sent, in Stripe's codes. */
  const refusal = ({ payment, operation: { params } }: CallOf<TransferOperation>) => {
    const { stripeAccount, amountMinor, chargeId } = params;
    const state = accounts.get(stripeAccount)?.state ?? null;
    if (state === null) return NO_DESTINATION;
    if (state === 'closed') return 'account_closed';
    if (state === 'unable') return 'insufficient_capabilities_for_transfer';
    if (chargeId === null) return isShort ? 'balance_insufficient' : null;
    const { currency } = payment.amount;
    const isPaid = chargePays(model, transfers, { chargeId, amountMinor, currency });
    return isPaid ? null : TOO_MUCH;
  };

  return {
    accounts,
    transfers,
    madeAt,
    news,
    account: (stripeAccount) => toldOf(accounts.get(stripeAccount)),
    makeAccount: holders.make,
    setAccount: holders.set,
    payOutAccount: holders.payOut,
    setShortOfFunds: (short) => {
      isShort = short;
    },
    send: (call) => {
      const code = refusal(call);
      if (code !== null) return code;
      const sent = transferFor(call, `tr_${transfers.size + 1}`);
      madeAt.set(sent.stripeTransferId, model.now());
      holders.book(sent.stripeAccount, sent.currency, sent.amountMinor);
      tell(sent, 'transfer.created');
      return sent;
    },
    takeBack: (stripeTransferId, amountMinor, operationKey) => {
      const transfer = transfers.get(stripeTransferId);
      if (transfer === undefined) return 'resource_missing';
      const { stripeAccount, currency, reversals } = transfer;
      const reversedMinor = transfer.reversedMinor + amountMinor;
      if (amountMinor <= 0 || reversedMinor > transfer.amountMinor) return TOO_MUCH;
      if (availableAt(accounts.get(stripeAccount), currency) < amountMinor)
        return 'balance_insufficient';
      const stripeReversalId = `trr_${stripeTransferId}_${reversals.length + 1}`;
      const made = { stripeReversalId, operationKey, amountMinor };
      madeAt.set(stripeReversalId, model.now());
      holders.book(stripeAccount, currency, -amountMinor);
      tell({ ...transfer, reversedMinor, reversals: [...reversals, made] }, 'transfer.reversed');
      return made;
    },
  };
}

function transferFor(
  { payment, operation, installation }: CallOf<TransferOperation>,
  stripeTransferId: string,
): ModelTransfer {
  const { currency } = payment.amount;
  const names = { stripeTransferId, installation, paymentId: payment.id, currency };
  return { ...names, ...operation.params, reversedMinor: 0, reversals: [] };
}

/** Who has accounts, and what is in them. */
function accountModel() {
  const accounts = new Map<string, ModelAccount>();
  const news: AccountNews[] = [];
  const get = (stripeAccount: string): ModelAccount => {
    const account = accounts.get(stripeAccount);
    if (account === undefined) throw new Error(`no account ${stripeAccount}`);
    return account;
  };
  const put = (account: ModelAccount) => accounts.set(account.stripeAccount, account);
  return {
    accounts,
    news,
    make: ({
      stripeAccount = `acct_${accounts.size + 1}`,
      state = 'able',
    }: Partial<Pick<ModelAccount, 'stripeAccount' | 'state'>> = {}) => {
      put({ stripeAccount, state, balance: new Map() });
      return stripeAccount;
    },
    set: (stripeAccount: string, state: AccountState): void => {
      put({ ...get(stripeAccount), state });
      const type = state === 'closed' ? 'account.application.deauthorized' : 'account.updated';
      const gone = { stripeAccount, transfersEnabled: false, reason: type };
      const account = toldOf(get(stripeAccount)) ?? gone;
      news.push({ event: { id: `evt_account_${news.length + 1}`, type }, account });
    },
    payOut: (stripeAccount: string): void => {
      put({ ...get(stripeAccount), balance: new Map() });
    },
    book: (stripeAccount: string, currency: string, amountMinor: number): void => {
      const account = get(stripeAccount);
      const before = account.balance.get(currency) ?? 0;
      put({ ...account, balance: new Map(account.balance).set(currency, before + amountMinor) });
    },
  };
}

const NO_DESTINATION = 'resource_missing';
const TOO_MUCH = 'parameter_invalid_integer';

/** Whether what was taken by a charge pays for one more transfer. */
function chargePays(
  model: StripeModel,
  transfers: ReadonlyMap<string, ModelTransfer>,
  wanted: { readonly chargeId: string; readonly amountMinor: number; readonly currency: string },
): boolean {
  const intent = [...model.byId.values()].find((one) => chargeOf(one) === wanted.chargeId);
  if (intent?.status !== 'succeeded' || intent.currency !== wanted.currency) return false;
  const sentMinor = [...transfers.values()]
    .filter(({ chargeId }) => chargeId === wanted.chargeId)
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return sentMinor + wanted.amountMinor <= intent.receivedMinor;
}

function toldOf(account: ModelAccount | undefined): AccountSnapshot | null {
  if (account === undefined || account.state === 'closed') return null;
  const { stripeAccount, state } = account;
  const transfersEnabled = state === 'able';
  return { stripeAccount, transfersEnabled, reason: transfersEnabled ? null : PAST_DUE };
}

const PAST_DUE = 'requirements.past_due';

/** What an account can give back. */
function availableAt(account: ModelAccount | undefined, currency: string): number {
  return Math.max(0, account?.balance.get(currency) ?? 0);
}

/** What is told of it. */
export function snapshotOf({ reversals, ...told }: ModelTransfer): TransferSnapshot {
  return told;
}

/** What a transfer's call is answered with. */
export function transferOutcome(answer: ModelTransfer | Refusal): TransferOutcome {
  if (typeof answer !== 'string') return { type: 'sent', transfer: snapshotOf(answer) };
  return { type: 'refused', obstacle: OBSTACLES[answer] ?? 'other', detail: detailOf(answer) };
}

const OBSTACLES: Readonly<Record<string, TransferObstacle>> = {
  [NO_DESTINATION]: 'account_unknown',
  account_closed: 'account_unknown',
  balance_insufficient: 'no_funds',
  insufficient_capabilities_for_transfer: 'account_unable',
  transfers_not_allowed: 'account_unable',
};

/** What a reversal's call is answered with. A refusal is remembered, what the account has is not. */
export function reversalOutcome(
  { accounts, transfers }: ConnectModel,
  { params }: ReversalOperation,
  answer: ModelReversal | Refusal,
): ReversalOutcome {
  if (typeof answer !== 'string') {
    const { stripeReversalId, amountMinor } = answer;
    return { type: 'reversed', stripeReversalId, amountMinor };
  }
  const detail = detailOf(answer);
  if (answer !== 'balance_insufficient') return { type: 'refused', detail };
  const transfer = transfers.get(params.stripeTransferId);
  const account = transfer === undefined ? undefined : accounts.get(transfer.stripeAccount);
  if (transfer === undefined || account?.state !== 'able')
    return { type: 'short', availableMinor: null, detail };
  return { type: 'short', availableMinor: availableAt(account, transfer.currency), detail };
}

function detailOf(code: Refusal): string {
  return `${code}: The request was refused.`;
}
