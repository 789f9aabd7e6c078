import {
  KafkaJSConnectionError,
  type KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { toKafkaFault } from '../../src/kafka/kafka-fault.js';

/** With its message, which its type does not know of. */
const named = (Kind: new () => KafkaJSError, message: string): KafkaJSError =>
  Reflect.construct(Kind, [message]);

/** What a broker answers, as kafkajs tells it. */
const answered = (type: string, retriable: boolean) =>
  Object.assign(new KafkaJSProtocolError(new Error(type)), { type, retriable });

const given = (cause: KafkaJSError) =>
  new KafkaJSNumberOfRetriesExceeded(cause, { retryCount: 3, retryTime: 100 });

describe('what Kafka does not do for us now', () => {
  it.each([
    ['connection', new KafkaJSConnectionError('connect ECONNREFUSED')],
    ['connection', given(new KafkaJSConnectionError('connect ECONNREFUSED'))],
    // A cluster that has just been set up has no place for groups in its first seconds.
    ['connection', named(KafkaJSGroupCoordinatorNotFound, 'Failed to find group coordinator')],
    ['connection', given(answered('NOT_LEADER_FOR_PARTITION', true))],
    ['topic', given(answered('UNKNOWN_TOPIC_OR_PARTITION', true))],
    ['access', answered('TOPIC_AUTHORIZATION_FAILED', false)],
    ['access', named(KafkaJSSASLAuthenticationError, 'wrong password')],
    ['refused', answered('MESSAGE_TOO_LARGE', false)],
  ] as const)('is told as %s', (reason, error) => {
    expect(toKafkaFault(error, ['payment_events'])).toMatchObject({ reason });
  });

  it('is not what a bug of ours throws', () => {
    expect(toKafkaFault(new TypeError('x is undefined'), ['payment_events'])).toBeNull();
  });
});
