import type { WebhookRefusal } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import Stripe from 'stripe';
import { type ReadWebhook, readEvent } from './stripe-event.js';

/** What Stripe itself allows between signing and arrival. */
const TOLERANCE_MS = 300_000;

/** Verifies a webhook's signature and age, and reads the report in it. */
export function readWebhook(webhook: {
  readonly rawBody: Buffer;
  readonly signature: string | undefined;
  /** Any of these may have signed it. */
  readonly secrets: readonly string[];
  readonly now: Date;
}): Result<ReadWebhook, WebhookRefusal> {
  const { rawBody, signature, secrets, now } = webhook;
  if (secrets.length === 0) return err({ type: 'NoWebhookSecret' });
  const signedAt = signature === undefined ? null : signedAtOf(signature);
  if (signature === undefined || signedAt === null) return err({ type: 'BadSignature' });
  const verified = secrets.some((secret) => isSignedBy(secret, rawBody, signature));
  if (!verified) return err({ type: 'BadSignature' });

  // The SDK lets timestamps of the future pass, so the age is checked here.
  const ageMs = now.getTime() - signedAt;
  if (ageMs > TOLERANCE_MS) return err({ type: 'TooOld' });
  if (ageMs < -TOLERANCE_MS) return err({ type: 'FromTheFuture' });

  const event = parseEvent(rawBody);
  return event === null ? err({ type: 'NotAnEvent' }) : ok(event);
}

/**
 * When it was signed, in milliseconds; null for a header that Stripe would not send. Of several
 * timestamps the SDK verifies the last: an old webhook behind a fresh one must not pass as young.
 * An empty signature makes the SDK throw.
 */
function signedAtOf(signature: string): number | null {
  const parts = signature.split(',');
  const [time, ...more] = parts.filter((part) => part.startsWith('t='));
  const seconds = /^t=(\d{1,12})$/.exec(time ?? '')?.[1];
  const unreadable = more.length > 0 || parts.includes('v1') || parts.includes('v1=');
  return seconds === undefined || unreadable ? null : Number(seconds) * 1000;
}

function isSignedBy(secret: string, rawBody: Buffer, signature: string): boolean {
  try {
    return (
      Stripe.webhooks.signature?.verifyHeader(rawBody.toString('utf8'), signature, secret, 0) ===
      true
    );
  } catch (error) {
    if (error instanceof Stripe.errors.StripeSignatureVerificationError) return false;
    throw error;
  }
}

function parseEvent(rawBody: Buffer): ReadWebhook | null {
  try {
    return readEvent(JSON.parse(rawBody.toString('utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
