import {
  KafkaJSConnectionError,
  type KafkaJSError,
  KafkaJSGroupCoordinatorNotFound,
  KafkaJSNumberOfRetriesExceeded,
  KafkaJSProtocolError,
  KafkaJSSASLAuthenticationError,
} from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { isLasting, toKafkaFault } from '../../src/kafka/kafka-fault.js';

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

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'kafka-acls.sh'],
    ['GROUP_AUTHORIZATION_FAILED', 'KAFKA_CONSUMER_GROUP'],
    ['CLUSTER_AUTHORIZATION_FAILED', 'on the cluster'],
    ['SASL_AUTHENTICATION_FAILED', 'KAFKA_SASL_PASSWORD'],
    ['UNSUPPORTED_SASL_MECHANISM', 'KAFKA_SASL_MECHANISM'],
    ['ILLEGAL_SASL_STATE', 'KAFKA_SASL_MECHANISM'],
    ['MESSAGE_TOO_LARGE', 'max.message.bytes'],
    ['RECORD_LIST_TOO_LARGE', 'max.message.bytes'],
    ['UNSUPPORTED_VERSION', '0.11'],
    ['INVALID_SESSION_TIMEOUT', 'group.max.session.timeout.ms'],
    ['INCONSISTENT_GROUP_PROTOCOL', 'KAFKA_CONSUMER_GROUP'],
    ['GROUP_MAX_SIZE_REACHED', 'group.max.size'],
    ['INVALID_REPLICATION_FACTOR', '--replication'],
    ['POLICY_VIOLATION', 'policy'],
  ])('%s stays so, and is told with its cure', (type, cure) => {
    const error = given(answered(type, false));
    expect(isLasting(error)).toBe(true);
    expect(toKafkaFault(error, ['payment_events'])?.message).toContain(cure);
  });

  it.each(['NOT_LEADER_FOR_PARTITION', 'NOT_ENOUGH_REPLICAS', 'GROUP_LOAD_IN_PROGRESS'])(
    '%s passes by itself',
    (type) => {
      expect(isLasting(given(answered(type, true)))).toBe(false);
    },
  );

  it('is told by the first of several, as the creation of topics gives them', () => {
    const several = Object.assign(new Error('Topic creation errors'), {
      name: 'KafkaJSAggregateError',
      errors: [answered('TOPIC_AUTHORIZATION_FAILED', false)],
    });
    expect(toKafkaFault(several, ['payment_events'])).toMatchObject({ reason: 'access' });
  });

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'KAFKA_SSL_CA'],
    ['EPROTO', 'KAFKA_SSL=false'],
  ])('is a connection that never comes about: %s', (code, cure) => {
    const error = Object.assign(new KafkaJSConnectionError('Connection error'), { code });
    expect(isLasting(error)).toBe(true);
    expect(toKafkaFault(error, [])).toMatchObject({
      reason: 'connection',
      message: expect.stringContaining(cure),
    });
  });

  it('is no outage where kafkajs can not decompress', () => {
    const error = Object.assign(new KafkaJSConnectionError('Snappy compression not implemented'), {
      name: 'KafkaJSNotImplemented',
      retriable: false,
    });
    expect(isLasting(error)).toBe(true);
  });

  it('is not what a bug of ours throws', () => {
    expect(toKafkaFault(new TypeError('x is undefined'), ['payment_events'])).toBeNull();
  });
});
