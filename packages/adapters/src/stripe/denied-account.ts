import { err, ok, type Result } from 'neverthrow';
import Stripe from 'stripe';
import { cleanText } from './text.js';

/**
 * What a call about a connected account is answered with, or what Stripe says where there is none
 * such, or none that our key may see: that is an answer, and no outage. Where the key may not do such
 * a thing at all it is another code, and thrown.
 */
export async function unlessDenied<T>(request: Promise<T>): Promise<Result<T, string>> {
  try {
    return ok(await request);
  } catch (error) {
    const isDenied =
      error instanceof Stripe.errors.StripePermissionError && error.code === 'account_invalid';
    if (!isDenied) throw error;
    return err(`account_invalid: ${cleanText(error.message)}`);
  }
}
