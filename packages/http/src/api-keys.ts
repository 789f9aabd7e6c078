import { createHash, timingSafeEqual } from 'node:crypto';
import type { Problem } from '@campusg-pay/adapters/contract';
import type { RequestHandler } from 'express';
import { refuse } from './answers.js';
import { limitGuesses } from './rate-limit.js';
import { contextOf } from './request-context.js';
import type { ApiKey } from './service-port.js';

/** Finds out who calls, by `Authorization: Bearer <key>`; notes the key's name, or nobody. */
export function identify(keys: readonly ApiKey[]): RequestHandler {
  const known = keys.map(({ name, key }) => ({ name, digest: digestOf(key) }));
  return (request, response, next) => {
    const presented = bearerOf(request.headers.authorization);
    if (presented !== null) contextOf(response).caller = callerOf(known, presented);
    next();
  };
}

/**
 * Lets only known callers through, when there are keys at all.
 *
 * A wrong key is answered 401 like a missing one: it says nothing about who the caller is. 403 is
 * for a known caller who may not do a thing, and today every caller may do everything.
 */
export function onlyKnownCallers(keys: readonly ApiKey[]): RequestHandler {
  if (keys.length === 0) return (_request, _response, next) => next();
  const guessed = limitGuesses();
  return (request, response, next) => {
    const { authorization } = request.headers;
    const refused = () => refuse(response, unauthorized(authorization));
    if (contextOf(response).caller !== null) next();
    else if (bearerOf(authorization) === null) refused();
    else guessed(request, response, refused);
  };
}

function unauthorized(authorization: string | undefined): Problem {
  const unknown = bearerOf(authorization) !== null;
  return {
    code: 'unauthorized',
    description: unknown
      ? 'This API key is not known here.'
      : 'Send an API key: "Authorization: Bearer <key>".',
    headers: {
      'WWW-Authenticate': `Bearer realm="campusg-pay"${unknown ? ', error="invalid_token"' : ''}`,
    },
  };
}

function bearerOf(authorization: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** Compares with every key in full: the time it takes must not tell how close a guess was. */
function callerOf(
  known: readonly { readonly name: string; readonly digest: Buffer }[],
  presented: string,
): string | null {
  const digest = digestOf(presented);
  let caller: string | null = null;
  for (const one of known) {
    if (timingSafeEqual(one.digest, digest)) caller = one.name;
  }
  return caller;
}

/** Equal lengths for the comparison, whatever was presented. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
