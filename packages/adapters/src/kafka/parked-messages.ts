import type { Clock, DeadLetters, Fault, Logger } from '@campusg-pay/core';
import type { KafkaMessage } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import type { Unanswerable } from '../contract/envelope.js';
import type { UnreadableBatch } from './decoding/codecs.js';

/** Where a message stands in its topic. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export interface MessageDelivery {
  readonly place: Place;
  readonly message: KafkaMessage;
  readonly holder: string;
}

/** Why a message waits for a person. */
type Reason = Unanswerable | 'correlation_id_reused' | 'internal_error';

interface Parts {
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Puts a message aside for a person, as it came. */
export async function park(
  { deadLetters, clock, log }: Parts,
  { place, message, ...delivery }: MessageDelivery,
  reason: Reason,
): Promise<Result<void, Fault>> {
  const { offset, key, value } = message;
  const headers = readable(message.headers);
  const at = clock.now();
  const parked = await deadLetters.add({ ...place, offset, key, headers, value, reason, at });
  if (parked.isErr()) return err(parked.error);
  const facts = { ...place, offset, reason, bytes: value?.length ?? 0, holder: delivery.holder };
  log.warn(facts, 'a message was parked');
  return ok(undefined);
}

/**
 * Puts a batch aside that nobody can read, whole, for the topic forgets it: under its last offset, with
 * what is known of it as headers. How many commands were in it only the batch itself tells, and none of them is answered.
 */
export async function parkBatch(
  { deadLetters, clock, log }: Parts,
  place: Place,
  batch: UnreadableBatch,
): Promise<Result<void, Fault>> {
  const { why, codec, firstOffset, lastOffset, count, bytes } = batch;
  const facts = { codec, why, firstOffset, lastOffset, messages: String(count) };
  const reason = `unreadable_${codec}_batch`;
  const letter = { ...place, offset: lastOffset, key: null, headers: facts, value: bytes };
  const parked = await deadLetters.add({ ...letter, keepsAll: true, reason, at: clock.now() });
  if (parked.isErr()) return err(parked.error);
  log.error(
    { ...place, ...facts, reason, bytes: bytes.length },
    'a batch of commands could not be read and was parked; none of them is answered',
  );
  return ok(undefined);
}

/** What a header can hold at most here, and how many there are. */
const MAX_HEADERS = 50;
const MAX_HEADER_LENGTH = 1_000;

/** As text that the database can keep: it takes neither NUL nor half a surrogate pair. */
function readable(headers: KafkaMessage['headers']): Record<string, string> {
  const text = (value: unknown) => {
    const short = String(value).slice(0, MAX_HEADER_LENGTH).replaceAll('\0', '\ufffd');
    return Buffer.from(short).toString();
  };
  const entries = Object.entries(headers ?? {}).slice(0, MAX_HEADERS);
  return Object.fromEntries(entries.map(([name, value]) => [text(name), text(value)]));
}
