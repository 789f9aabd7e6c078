import { failingWith, type Payment, waitsForBank } from '@campusg-pay/core';

/** What a payment waits for that is on its way to becoming something. */
export function processingWords(payment: Payment, becoming: string): string {
  if (waitsForBank(payment))
    return 'The refund was made, and the bank has still to agree to it; the status tells once it has';
  const failing = failingWith(payment);
  if (failing === null) return `The payment is being ${becoming}; ask for its status in a moment`;
  const code = failing.declineCode ?? failing.code;
  return `The payment could not be held (${code}) and is being canceled; it is FAILED in a moment`;
}
