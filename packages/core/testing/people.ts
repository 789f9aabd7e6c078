import type { ConnectModel } from './connect-model.js';
import * as intents from './intents.js';
import type { Move, StripeModel } from './stripe-model.js';

/** Who acts past the service, at the bank or at Stripe. */
export interface People {
  /** The customer in front of the bank's page, or with the client secret and another card. */
  readonly customer: {
    approve(paymentIntentId: string): void;
    fail(paymentIntentId: string): void;
    confirm(paymentIntentId: string, card: string): void;
  };
  /** A person with access to the Stripe account. Amounts default to all there is. */
  readonly dashboard: {
    capture(paymentIntentId: string, amountMinor?: number): void;
    cancel(paymentIntentId: string): void;
    /** Lets a hold lapse ahead of its time. */
    expire(paymentIntentId: string): void;
    refund(paymentIntentId: string, amountMinor?: number): void;
    /** From now on refunds of it wait for the bank, or no longer. */
    delayRefunds(paymentIntentId: string, wait?: boolean): void;
    /** What a bank says of one refund, else of the newest, also to one that looked done. */
    endRefund(
      paymentIntentId: string,
      end: 'succeeded' | 'failed' | 'canceled',
      refundId?: string,
    ): void;
    failRefund(paymentIntentId: string): void;
    /** The customer's bank disputes it, or something about that changes. */
    dispute(paymentIntentId: string, status?: string): void;
    deleteCustomer(stripeCustomerId: string): void;
  };
  readonly connect: ConnectPeople;
}

/** What happens at connected accounts, and what a person does about transfers. */
interface ConnectPeople {
  /** A connected account: a fresh one that can take transfers, unless told otherwise. */
  makeAccount: ConnectModel['makeAccount'];
  /** What it can do changes, and a webhook tells so. */
  setAccount: ConnectModel['setAccount'];
  /** All that it has goes to its bank. */
  payOutAccount: ConnectModel['payOutAccount'];
  /** From now on our own balance is empty, or no longer: then only charges pay for transfers. */
  setShortOfFunds: ConnectModel['setShortOfFunds'];
  /** A person takes it back in the dashboard; all that is left, where no amount is named. */
  reverseTransfer(stripeTransferId: string, amountMinor?: number): void;
}

/** What people do past the service. They are expected to know what is possible. */
export function people(model: StripeModel, connect: ConnectModel): People {
  const change = (id: string, move: Move): void => {
    model.lapse();
    const moved = model.change(id, move);
    if (typeof moved === 'string') throw new Error(`${id}: ${moved}`);
  };
  return {
    customer: {
      approve: (id) => change(id, intents.approve),
      fail: (id) => change(id, intents.failAction),
      confirm: (id, card) => change(id, (it, moment) => intents.confirm(it, card, moment)),
    },
    dashboard: {
      capture: (id, amountMinor) =>
        change(id, (it) => intents.capture(it, amountMinor ?? it.amountMinor)),
      cancel: (id) => change(id, (it) => intents.cancel(it, 'requested_by_customer')),
      expire: (id) => change(id, intents.expire),
      refund: (id, amountMinor) =>
        change(id, (it) => intents.refund(it, amountMinor ?? it.receivedMinor - it.refundedMinor)),
      delayRefunds: (id, wait) => model.delayRefunds(id, wait),
      endRefund: (id, end, refundId) => model.endRefund(id, end, refundId),
      failRefund: (id) => model.endRefund(id, 'failed'),
      dispute: (id, status = 'needs_response') => model.dispute(id, status),
      deleteCustomer: (id) => model.deleteCustomer(id),
    },
    connect: {
      makeAccount: (facts) => connect.makeAccount(facts),
      setAccount: (id, state) => connect.setAccount(id, state),
      payOutAccount: (id) => connect.payOutAccount(id),
      setShortOfFunds: (isShort) => connect.setShortOfFunds(isShort),
      reverseTransfer: (id, amountMinor) => {
        const { amountMinor: sentMinor, reversedMinor } = sentAs(connect, id);
        const made = connect.takeBack(id, amountMinor ?? sentMinor - reversedMinor, null);
        if (typeof made === 'string') throw new Error(`${id}: ${made}`);
      },
    },
  };
}

function sentAs({ transfers }: ConnectModel, id: string) {
  const transfer = transfers.get(id);
  if (transfer === undefined) throw new Error(`no transfer ${id}`);
  return transfer;
}
