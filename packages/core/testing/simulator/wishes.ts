import type { ReleaseCommand, RevertCommand } from '@campusg-pay/core';
import type { Asked } from './acknowledged.js';
import type { Command } from './given-command.js';
import { pick, type Random } from './random.js';

// What is asked for of money that was taken, or is to be: in parts, with fees, for runners with accounts.

/** The runners' accounts at Stripe, as they are at first. */
export const ACCOUNTS = [
  ['acct_1', 'able'],
  ['acct_2', 'unable'],
  ['acct_3', 'closed'],
] as const;

/** Those that money can come to, and be paid out from. */
export const OPEN_ACCOUNTS = ['acct_1', 'acct_2'] as const;

const NAMED = [
  ...Array<string>(8).fill('acct_1'),
  'acct_2',
  'acct_2',
  'acct_3',
  'acct_unknown',
  null,
  null,
];

type ReleaseTerms = Omit<ReleaseCommand, 'payment' | 'correlationId' | 'runnerId'>;

/** How much is released, and whose it is. Few choices, so that what is asked for again is the same. */
export function releaseTerms(random: Random): ReleaseTerms {
  const stripeAccount = pick(random, NAMED);
  const amountMinor = pick(random, [null, null, null, 1500, 1]);
  const tipMinor = pick(random, [null, null, null, 98]);
  const platformFeeMinor = pick(random, [null, 98, 98, 1300, 1]);
  return {
    ...(stripeAccount === null ? {} : { stripeAccount }),
    ...(amountMinor === null ? {} : { amountMinor }),
    ...(tipMinor === null ? {} : { tipMinor }),
    ...(platformFeeMinor === null ? {} : { platformFeeMinor }),
  };
}

type RevertTerms = Pick<RevertCommand, 'amountMinor' | 'refundId'>;

/** How much is given back, and under which name: some callers use the same one. */
export function revertTerms(random: Random): RevertTerms {
  const amountMinor = pick(random, [null, null, 500, 500, 1, 1000, 2098]);
  const refundId = pick(random, [null, 'part-1', 'part-2', 'part-3']);
  return {
    ...(amountMinor === null ? {} : { amountMinor }),
    ...(refundId === null ? {} : { refundId }),
  };
}

/** What a revert on such terms asks for. */
export function askedBack({ refundId }: RevertTerms): Asked {
  return refundId === undefined ? { do: 'revert' } : { do: 'revert', refundId };
}

const ACTS = ['account', 'account', 'standing', 'pause', 'resume', 'resume'] as const;

/** What somebody does about a runner, or about a transfer. */
export function onwardCommand(random: Random, orderId: string): Command {
  const runnerId = pick(random, ['runner-1', 'runner-2']);
  const stripeAccount = pick(random, NAMED);
  const act = pick(random, ACTS);
  const payment = { orderId };
  const said = {
    account: `sets ${runnerId} to ${stripeAccount}`,
    standing: `looks at ${runnerId}`,
  };
  return {
    says: act === 'account' || act === 'standing' ? said[act] : `${act} the transfer of ${orderId}`,
    orderId,
    asked: null,
    message: null,
    give: async ({ escrow }) => {
      const by = { payment, reason: 'somebody says so' };
      const doing = {
        account: () => escrow.setRunnerAccount({ runnerId, stripeAccount }),
        standing: () => escrow.runner(runnerId),
        pause: () => escrow.pauseTransfer(by),
        resume: () => escrow.resumeTransfer(by),
      };
      // Result ignored: what it promises is judged by the records.
      await doing[act]();
      return null;
    },
  };
}

/** The same terms in words. */
export function saidTerms(terms: ReleaseTerms | RevertTerms): string {
  return Object.entries(terms)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => ` ${name.replace('Minor', '')} ${value}`)
    .join('');
}
