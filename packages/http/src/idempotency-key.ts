import { createHash } from 'node:crypto';
import {
  type OwnPaymentId,
  ownPaymentIdOf,
  ownRefundIdOf,
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
import { refuse, sendJson } from './answers.js';
import { contextOf } from './request-context.js';

/** A request that its caller has named. */
export interface Keyed extends KeyedRequest {
  /**
   * The id of the one payment that an authorize under this key may make. It outlives what is kept
   * of the key, so that a redelivery can't make another payment, however late it comes.
   */
  readonly paymentId: OwnPaymentId;
  /** The name of the one refund in part that a revert under this key may make. */
  readonly refundId: string;
}

/** The `Idempotency-Key` of a request, null when it has none. */
export function readKey(request: Request): Result<string | null, Issue[]> {
  // Most have none, and Node makes the list of them all when it is asked for one.
  if (request.headers['idempotency-key'] === undefined) return ok(null);
  const [key, another] = request.headersDistinct['idempotency-key'] ?? [];
  if (key === undefined) return ok(null);
  return another === undefined && KEY_PATTERN.test(key) ? ok(key) : err([BAD_KEY]);
}

/** What an `Idempotency-Key` may be. */
export const KEY_PATTERN = /^[ -~]{1,255}$/;

/**
 * The request under its key. What is compared is what it means: the command, its order and what was
 * read of the body. The order of fields, white space, another way to write the same number, and
 * fields that nobody reads don't count.
 */
export function keyedRequest(
  installation: Installation,
  { request, response }: { readonly request: Request; readonly response: Response },
  key: string,
  meant: { readonly command: string; readonly orderId: string; readonly input: unknown },
): Keyed {
  const { caller: name, bytes } = contextOf(response);
  const caller = name ?? '';
  const { command, orderId, input } = meant;
  const meaning = digestOf(canonical({ command, orderId, input }));
  const sent = bytes ?? JSON.stringify(request.body);
  const fingerprint = digestOf(`${request.path}\n`, sent);
  const paymentId = ownPaymentIdOf(installation, caller, key);
  const refundId = ownRefundIdOf(installation, caller, key);
  return { caller, key, meaning, fingerprint, paymentId, refundId };
}

function digestOf(...parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('base64url');
}

/**
 * JSON that is the same for the same meaning. What is left out means the same as null, so that a
 * field that is read only by a later version changes nothing; what is read are sets, not lists.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).sort().join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, one]) => one !== null && one !== undefined);
  const sorted = fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join()}}`;
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
    case 'answered':
      replay(response, use.value.answer);
      return false;
  }
}

/** Sends the first answer again, byte for byte. */
export function replay(response: Response, { status, text }: KeptAnswer): void {
  response.setHeader('Idempotent-Replayed', 'true');
  sendJson(response, status, text);
}

/**
 * Keeps the answer to a command before it goes out, so that whoever has it gets the same again.
 * Only what was done, or declined, is kept: after anything else asking again may get further. An
 * answer that holds a secret is never stored.
 *
 * Gives the answer that another request under the same key was faster to get, which is to be sent
 * instead; null where there is none. Should keeping fail, the log says so, and the repeat runs the
 * command again, which is safe.
 */
export async function keepAnswer(
  keys: Pick<IdempotencyKeys, 'keep'>,
  response: Response,
  keyed: Keyed | null,
  { status, body }: { readonly status: number; readonly body: object },
): Promise<KeptAnswer | null> {
  const isFinal = status === 402 || (status === 200 && !('clientSecret' in body));
  if (keyed === null || !isFinal) return null;
  const own = { status, text: JSON.stringify(body) };
  const kept = await keys.keep(keyed, own);
  if (kept.isErr()) {
    contextOf(response).answerNotKept = kept.error.reason;
    return null;
  }
  return kept.value.status === status && kept.value.text === own.text ? null : kept.value;
}

const BAD_KEY: Issue = {
  field: 'Idempotency-Key',
  rule: 'must be 1 to 255 printable ASCII characters, sent once',
};

/** The key came with another request before. */
export const KEY_REUSED: Problem = {
  code: 'idempotency_key_reused',
  description: 'This Idempotency-Key came with another request before; use a fresh one.',
};
