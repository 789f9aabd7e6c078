import { createHash } from 'node:crypto';
import { err, ok, type Result } from 'neverthrow';
import { type Failure, invalid } from '../model/failure.js';
import type { KeptBody, KeptReply } from '../state/kept-reply.js';
import type { Lookup } from '../state/lookup.js';
import type { Kind, Records, Subject } from '../state/records.js';
import type { Store } from '../state/store.js';
import type { RouteAnswer } from './answer.js';
import { renderExpanded } from './expansion.js';
import { canonical, type ParamTree } from './form.js';

const KEPT_MS = 86_400_000;

/** One use of an idempotency key. */
export interface KeyUse {
  readonly key: string;
  /** Method and path. */
  readonly endpoint: string;
  readonly fingerprint: string;
}

export function keyUse(key: string, endpoint: string, params: ParamTree): KeyUse {
  const fingerprint = createHash('sha1').update(canonical(params)).digest('base64');
  return { key, endpoint, fingerprint };
}

export interface Keys {
  /** The first reply, when there is one to repeat; undefined when the request may execute now. */
  begin(use: KeyUse): Result<KeptReply | undefined, Failure>;
  /** The request is over; its reply was kept or it never began to execute. */
  end(key: string): void;
}

/**
 * Idempotency as Stripe has it, for 24 hours of the sandbox's time. A result is kept once execution
 * began, whatever it is (200, 402, 404 of a parameter, 500). Not kept, so the key stays free: refused
 * credentials, unknown routes, malformed parameters, 409 and 429.
 */
export function createKeys(store: Store, nowMs: () => number): Keys {
  const inUse = new Set<string>();
  return {
    begin: (use) => {
      if (use.key.length > 255) {
        return err(invalid('Idempotency keys are limited to 255 characters.'));
      }
      if (inUse.has(use.key)) return err(busy(use.key));
      forget(store, nowMs() - KEPT_MS);
      const kept = store.replies.get(use.key);
      if (kept !== undefined) {
        const failure = misuse(kept, use);
        return failure === undefined ? ok(kept) : err(failure);
      }
      inUse.add(use.key);
      return ok(undefined);
    },
    end: (key) => {
      inUse.delete(key);
    },
  };
}

/** Replies are kept in the order of their time: the old ones come first. */
function forget(store: Store, before: number): void {
  for (const [key, reply] of store.replies) {
    if (reply.at > before) return;
    store.replies.delete(key);
  }
}

export function busy(key: string): Failure {
  const message = `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`;
  return invalid(message, { code: 'idempotency_key_in_use' }, 409);
}

function misuse(kept: KeptReply, use: KeyUse): Failure | undefined {
  const advice = `Try using a key other than '${use.key}' if you meant to execute a different request.`;
  const because =
    kept.endpoint !== use.endpoint
      ? `for the same endpoint they were first used for ('${kept.endpoint}' vs. '${use.endpoint}').`
      : kept.fingerprint !== use.fingerprint
        ? 'with the same parameters they were first used with.'
        : undefined;
  if (because === undefined) return undefined;
  const message = `Keys for idempotent requests can only be used ${because} ${advice}`;
  return { status: 400, error: { type: 'idempotency_error', message } };
}

/** The text of an answer, and what is kept to write it again: the versions it showed, not the text. */
export function writeAnswer(
  answer: RouteAnswer,
  { expand, lookup }: { expand: readonly string[]; lookup: Lookup },
): { text: string; body: KeptBody } {
  if (answer.type === 'raw') {
    const text = JSON.stringify(answer.body);
    return { text, body: { text } };
  }
  if (answer.type === 'list') {
    const data = answer.data.map((subject) => renderExpanded(subject, expand, lookup));
    const { url, hasMore } = answer;
    const text = JSON.stringify({ object: 'list', data, has_more: hasMore, url });
    return { text, body: { text } };
  }
  const pins: Subject[] = [];
  // A pin is one version of one record; a list that grows can't be pinned, so its text is kept.
  let listed = false;
  const pinning: Lookup = {
    ...lookup,
    get: <K extends Kind>(kind: K, id: string): Records[K] | undefined => {
      const record = lookup.get(kind, id);
      if (record !== undefined) pins.push({ kind, record } as Subject);
      return record;
    },
    refundsOf: (charge) => {
      listed = true;
      return lookup.refundsOf(charge);
    },
  };
  const object = renderExpanded(answer.subject, expand, pinning);
  const text = JSON.stringify({ ...object, ...answer.extra });
  if (answer.extra !== undefined || listed) return { text, body: { text } };
  return { text, body: { subject: answer.subject, expand, pins } };
}

/** The text of a kept reply, as it was. */
export function rewriteKept(body: KeptBody, lookup: Lookup): string {
  if ('text' in body) return body.text;
  const pinned: Lookup = {
    ...lookup,
    get: <K extends Kind>(kind: K, id: string): Records[K] | undefined => {
      const pin = body.pins.find((each) => each.kind === kind && each.record.id === id);
      return pin === undefined ? lookup.get(kind, id) : (pin.record as Records[K]);
    },
  };
  return JSON.stringify(renderExpanded(body.subject, body.expand, pinned));
}
