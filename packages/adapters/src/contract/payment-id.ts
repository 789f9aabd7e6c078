import { createHash } from 'node:crypto';
import type { Installation } from '@campusg-pay/core';

/** The id of the one payment that a request may make. */
export interface OwnPaymentId {
  readonly id: string;
  /** The id that it had before installations had theirs; null where none was made then. */
  readonly formerId: string | null;
}

/**
 * The id of the one payment that a request may make, of the installation, its caller's name and its
 * own key there: a redelivery can't make another, however late it comes.
 */
export function ownPaymentIdOf(
  { id, namedSince }: Installation,
  caller: string,
  key: string,
): OwnPaymentId {
  const formerId = namedSince === null ? null : uuidOf(`payment\n${caller}\n${key}`);
  return { id: uuidOf(`payment of ${id}\n${caller}\n${key}`), formerId };
}

/**
 * The name of the one refund in part that a request may make: a redelivery is the same refund, and
 * another request another one.
 */
export function ownRefundIdOf({ id }: Installation, caller: string, key: string): string {
  return uuidOf(`refund of ${id}\n${caller}\n${key}`);
}

/** A UUID as in RFC 9562, version 8. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const parts = [[0, 8] as const, [8, 12] as const, [12, 16] as const, [16, 20] as const];
  return [...parts.map(([from, to]) => hex.slice(from, to)), hex.slice(20)].join('-');
}
