import { createHash } from 'node:crypto';
import type { IdempotencyKeys, KeyedRequest } from '@campusg-pay/adapters';
import type { RequestHandler, Response } from 'express';
import { refuse } from './answers.js';
import { contextOf } from './context.js';
import { invalidRequest, type Problem } from './errors.js';
import { problemOf } from './problems.js';

/**
 * Honours `Idempotency-Key`: the same key and request again get the first final answer again, with
 * `Idempotent-Replayed: true`, also when it was a decline. The same key with another request is 422.
 *
 * Commands may be repeated without a key too; then a decline is followed by another attempt.
 */
export function idempotent(keys: IdempotencyKeys): RequestHandler {
  return async (request, response, next) => {
    const key = request.headers['idempotency-key'];
    if (key === undefined) {
      next();
      return;
    }
    if (typeof key !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(key)) {
      refuse(response, BAD_KEY);
      return;
    }
    const caller = contextOf(response).caller ?? '';
    const keyed = { caller, key, fingerprint: fingerprintOf(request.path, request.body) };
    const use = await keys.look(keyed);
    if (use.isErr()) {
      refuse(response, problemOf(use.error));
      return;
    }
    switch (use.value.type) {
      case 'used_otherwise':
        refuse(response, USED_OTHERWISE);
        return;
      case 'answered': {
        const { status, body } = use.value.answer;
        response.setHeader('Idempotent-Replayed', 'true');
        response.status(status).json(body);
        return;
      }
      case 'open':
        keepBeforeSending(response, keys, keyed);
        next();
    }
  };
}

/**
 * Keeps the answer before it goes out, so that whoever has it gets the same one again. Should that
 * fail, it goes out nevertheless: the repeat then runs the command, which is safe to repeat.
 */
function keepBeforeSending(response: Response, keys: IdempotencyKeys, keyed: KeyedRequest): void {
  const send = response.json.bind(response);
  response.json = (body: object) => {
    const { statusCode: status } = response;
    if (!isFinal(status, body)) return send(body);
    void keys.keep(keyed, { status, body }).then(
      () => send(body),
      () => send(body),
    );
    return response;
  };
}

/** Whether asking again can't get any further; an answer that holds a secret is never stored. */
function isFinal(status: number, body: object): boolean {
  if ('retryable' in body || 'clientSecret' in body) return false;
  return status === 200 || (status >= 400 && status < 500 && status !== 401);
}

function fingerprintOf(path: string, body: unknown): string {
  return createHash('sha256')
    .update(`${path}\n${JSON.stringify(body)}`)
    .digest('base64url');
}

const BAD_KEY = invalidRequest([
  { field: 'Idempotency-Key', rule: 'must be 1 to 255 printable ASCII characters' },
]);

const USED_OTHERWISE: Problem = {
  code: 'idempotency_key_reused',
  description: 'This Idempotency-Key came with another request before; use a fresh one.',
};
