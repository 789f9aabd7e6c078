import { createHash } from 'node:crypto';
import {
  type OwnPaymentId,
  ownPaymentIdOf,
  type Problem,
  problemOf,
} from '@campusg-pay/adapters/contract';
import type {
  IdempotencyKeys,
  Installation,
  Issue,
  KeptAnswer,
  KeyedRequest,
} from '@campusg-pay/core';
import type { Request, Response } from 'express';
import { err, ok, type Result } from 'neverthrow';
import { refuse } from './answers.js';
import { contextOf } from './request-context.js';

/** A request that its caller has named. */
export interface Keyed extends KeyedRequest {
  /**
   * The id of the one payment that an authorize under this key may make. It outlives what is kept
   * of the key, so that a redelivery can't make another payment, however late it comes.
   */
  readonly paymentId: OwnPaymentId;
}

/** The `Idempotency-Key` of a request, null when it has none. */
export function readKey({ headers }: Request): Result<string | null, Issue[]> {
  const key = headers['idempotency-key'];
  if (key === undefined) return ok(null);
  return typeof key === 'string' && /^[\x20-\x7e]{1,255}$/.test(key) ? ok(key) : err([BAD_KEY]);
}

/** The request under its key. What is compared is what was sent, byte for byte. */
export function keyedRequest(
  installation: Installation,
  { request, response }: { readonly request: Request; readonly response: Response },
  key: string,
): Keyed {
  const { caller: name, bytes } = contextOf(response);
  const caller = name ?? '';
  const fingerprint = createHash('sha256')
    .update(`${request.path}\n`)
    .update(bytes ?? JSON.stringify(request.body))
    .digest('base64url');
  return { caller, key, fingerprint, paymentId: ownPaymentIdOf(installation, caller, key) };
}

/**
 * Whether the command is to be run. If not, the request is answered: with what it was answered
 * before, marked `Idempotent-Replayed: true`, or with 422 if its key came with another request.
 */
export async function isOpen(
  keys: Pick<IdempotencyKeys, 'look'>,
  response: Response,
  keyed: Keyed,
): Promise<boolean> {
  const use = await keys.look(keyed);
  if (use.isErr()) {
    refuse(response, problemOf(use.error));
    return false;
  }
  switch (use.value.type) {
    case 'open':
      return true;
    case 'used_otherwise':
      refuse(response, KEY_REUSED);
      return false;
    case 'answered': {
      const { status, body } = use.value.answer;
      response.setHeader('Idempotent-Replayed', 'true');
      response.status(status).json(body);
      return false;
    }
  }
}

/**
 * Keeps the answer to a command before it goes out, so that whoever has it gets the same again.
 * Only what was done, or declined, is kept: after anything else asking again may get further. An
 * answer that holds a secret is never stored.
 *
 * Should keeping fail, the log says so, and the repeat runs the command again, which is safe.
 */
export async function keepAnswer(
  keys: Pick<IdempotencyKeys, 'keep'>,
  response: Response,
  keyed: Keyed,
  { status, body }: KeptAnswer & { readonly body: object },
): Promise<void> {
  const isFinal = status === 402 || (status === 200 && !('clientSecret' in body));
  if (!isFinal) return;
  const kept = await keys.keep(keyed, { status, body });
  if (kept.isErr()) contextOf(response).answerNotKept = kept.error.reason;
}

const BAD_KEY: Issue = {
  field: 'Idempotency-Key',
  rule: 'must be 1 to 255 printable ASCII characters',
};

/** The key came with another request before. */
export const KEY_REUSED: Problem = {
  code: 'idempotency_key_reused',
  description: 'This Idempotency-Key came with another request before; use a fresh one.',
};
