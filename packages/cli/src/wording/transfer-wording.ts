import type { PaymentEvent, ReleasedTerms, Transfer } from '@campusg-pay/core';

type TransferEvent = Extract<
  PaymentEvent,
  {
    type:
      | 'transfer_owed'
      | 'transfer_sent'
      | 'transfer_waiting'
      | 'transfer_reversed'
      | 'runner_debt';
  }
>;

/** What happened to the runner's share, in words. */
export function tellTransfer(event: TransferEvent, words: (amountMinor: number) => string): string {
  const { transfer } = event;
  const { runnerId, stripeAccount, amountMinor, nettedMinor, reason } = transfer;
  const to = `${runnerId}${stripeAccount === null ? '' : ` (${stripeAccount})`}`;
  switch (event.type) {
    case 'transfer_owed':
      return `${words(amountMinor)} are to be sent to ${to}`;
    case 'transfer_sent': {
      const netted =
        nettedMinor === 0 ? '' : `, ${words(nettedMinor)} of it kept back for debts of the runner`;
      const id = transfer.stripeTransferId;
      return `${words(amountMinor)} were sent to ${to}${id === null ? '' : ` (${id})`}${netted}`;
    }
    case 'transfer_waiting':
      return transfer.status === 'canceled'
        ? `nothing is sent to ${to} any more`
        : `the transfer to ${to} is ${WAITING[transfer.status] ?? transfer.status}: ${reason}`;
    case 'transfer_reversed':
      return `${words(event.amountMinor)} came back from ${to}`;
    case 'runner_debt':
      return `${runnerId} owes ${words(event.amountMinor)}, which their account does not have`;
  }
}

/** What a release has decided of what was taken, behind the sentence that tells of it. */
export function tellTerms(
  terms: ReleasedTerms | undefined,
  words: (amountMinor: number) => string,
): string {
  if (terms === undefined) return '';
  const { tipMinor, feeMinor, transfer } = terms;
  return [
    ...(tipMinor === 0 ? [] : [`, ${words(tipMinor)} of it a tip`]),
    ...(feeMinor === 0 ? [] : [`, with a fee of ${words(feeMinor)}`]),
    ...(transfer === null ? [] : [`; the runner's share is ${words(transfer.amountMinor)}`]),
  ].join('');
}

const WAITING: Readonly<Partial<Record<Transfer['status'], string>>> = {
  waiting_account: 'waiting for the account',
  waiting_funds: 'waiting for our balance',
  paused: 'paused',
  needs_review: 'for a person to look at',
};
