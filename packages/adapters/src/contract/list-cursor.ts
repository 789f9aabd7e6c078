import { createHash } from 'node:crypto';
import type { PaymentPlace } from '@campusg-pay/core';
import { pathId } from './schemas.js';

/**
 * Names the place behind which a list goes on, and which list that is: the place of another one would
 * leave payments out, or tell them twice. No secret: whoever makes one up sees the list from elsewhere.
 *
 * @param list all that says which list it is, in an order of its own
 */
export function listCursorOf({ createdAt, id }: PaymentPlace, list: readonly unknown[]): string {
  const text = `${markOf(list)}.${createdAt.getTime().toString(36)}.${id}`;
  return Buffer.from(text).toString('base64url');
}

/** The place that a cursor of this list names; null where it is none of it. */
export function listPlaceOf(cursor: string, list: readonly unknown[]): PaymentPlace | null {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const [, mark, time = '', id = ''] = /^([\w-]{16})\.([\da-z]{1,9})\.(.+)$/su.exec(text) ?? [];
  const isWhole = Buffer.from(text).toString('base64url') === cursor;
  if (!isWhole || mark !== markOf(list) || !pathId.safeParse(id).success) return null;
  return { createdAt: new Date(Number.parseInt(time, 36)), id };
}

function markOf(list: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 16);
}
