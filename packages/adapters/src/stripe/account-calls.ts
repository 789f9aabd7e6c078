import type { PaymentGateway } from '@campusg-pay/core';
import { err, ok } from 'neverthrow';
import type Stripe from 'stripe';
import { unlessDenied } from './denied-account.js';
import { type Ask, asFault } from './exchange.js';
import { UnreadableReply } from './sdk-errors.js';
import { readAs } from './shapes.js';
import {
  connectedAccount,
  recipientAccount,
  tellsOfTransfers,
  toAccount,
  toRecipient,
} from './transfer-shapes.js';

/** What Stripe tells of connected accounts. */
export function accountCalls(stripe: Stripe, ask: Ask): Pick<PaymentGateway, 'account'> {
  return {
    account: async (stripeAccount) => {
      const found = await ask('retrieve account', async () => {
        const answer = await unlessDenied(stripe.accounts.retrieve(stripeAccount));
        if (answer.isErr()) return null;
        return mustBe(stripeAccount, readAs(connectedAccount, answer.value));
      });
      if (found.isErr()) {
        const { error } = found;
        return error.type === 'Refused' && error.missing ? ok(null) : err(asFault(error));
      }
      const known = found.value;
      if (known === null || known.deleted === true) return ok(null);
      if (tellsOfTransfers(known)) return ok(toAccount(known));
      // One that was made by API v2 as a recipient need not tell it here.
      const asRecipient = await ask('retrieve recipient', async () => {
        const params = { include: ['configuration.recipient' as const] };
        const answer = await unlessDenied(stripe.v2.core.accounts.retrieve(stripeAccount, params));
        if (answer.isErr()) return null;
        return mustBe(stripeAccount, readAs(recipientAccount, answer.value));
      });
      if (asRecipient.isErr()) {
        const { error } = asRecipient;
        // Not for this account or key: then the first answer is all there is.
        const isNoUse = error.type === 'Refused' || error.unreadable === true;
        return isNoUse ? ok(toAccount(known)) : err(error);
      }
      const recipient = asRecipient.value;
      if (recipient === null) return ok(toAccount(known));
      return ok(recipient.closed === true ? null : toRecipient(recipient));
    },
  };
}

function mustBe<Known extends { readonly id: string }>(asked: string, known: Known): Known {
  if (known.id === asked) return known;
  throw new UnreadableReply('it is about another account');
}
