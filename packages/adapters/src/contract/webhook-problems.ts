import { unreachable, type WebhookRefusal } from '@campusg-pay/core';
import type { Problem } from './errors.js';
import { REFUSED_RETRY_SECONDS } from './hold-problems.js';

/** What a refused webhook is answered. Only Stripe (or somebody who pretends) reads it. */
export function webhookProblem({ type }: WebhookRefusal): Problem {
  switch (type) {
    case 'BadSignature':
      return webhookRefused('The Stripe-Signature header does not match the body.');
    case 'TooOld':
      return webhookRefused('The webhook was signed too long ago.');
    case 'FromTheFuture':
      return webhookRefused('The webhook was signed in the future.');
    case 'NotAnEvent':
      return webhookRefused('The body is not a Stripe event.');
    case 'NoWebhookSecret':
      // Not the sender's fault: Stripe repeats a 503 for three days, so nothing is lost.
      return {
        code: 'webhook_not_configured',
        description: 'Webhooks cannot be verified until STRIPE_WEBHOOK_SECRET is set.',
        retryAfterSeconds: REFUSED_RETRY_SECONDS,
      };
    default:
      return unreachable(type);
  }
}

function webhookRefused(description: string): Problem {
  return { code: 'webhook_refused', description };
}
