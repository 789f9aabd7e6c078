import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';

/** A caller's own name for a request, so that sending it again is known to be the same. */
export interface KeyedRequest {
  /** Who calls: keys of different callers never meet. */
  readonly caller: string;
  /** The `Idempotency-Key` as sent. */
  readonly key: string;
  /** A digest of what is asked for: the same for every way to say it. */
  readonly meaning: string;
  /** A digest of the request as it was sent, for keys that were noted before there were meanings. */
  readonly fingerprint: string;
}

/** The final answer to a request: its HTTP status and its body, a JSON text, as it goes out. */
export interface KeptAnswer {
  readonly status: number;
  readonly text: string;
}

/** What is known of a key: nothing final, the answer, or that it was used for something else. */
export type KeyState =
  | { readonly type: 'open' }
  | { readonly type: 'answered'; readonly answer: KeptAnswer }
  | { readonly type: 'used_otherwise' };

/** The keys that callers sent, with the answers they got. Kept for a day, as Stripe does. */
export interface IdempotencyKeys {
  /** Notes the key if it is new, and tells what is known of it. */
  look(request: KeyedRequest): Promise<Result<KeyState, DatabaseFault>>;
  /** Keeps the final answer unless there is one; gives the first one, which stays. */
  keep(request: KeyedRequest, answer: KeptAnswer): Promise<Result<KeptAnswer, DatabaseFault>>;
  /** Forgets some of the keys older than that; tells how many. */
  forget(before: Date): Promise<Result<number, DatabaseFault>>;
}
