import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@campusg-pay/core';
import { backoffMs } from '@campusg-pay/core';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { ConsumerState } from './consumer-state.js';
import { toKafkaFault } from './kafka-fault.js';

/** A consumer that is begun again whenever it ends, until it is stopped. */
export interface KeptConsumer {
  state(): ConsumerState;
  stop(): Promise<void>;
}

/** What is consumed, and when the consumer is begun again; every time is in milliseconds. */
export interface KeptConsumerOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  /** Consumers of one group share the topic's partitions. */
  readonly groupId: string;
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>;
  readonly log: Logger;
  /**
   * How long the broker waits for a sign of life before it gives the partitions to others. Within
   * what the broker allows: `group.min.session.timeout.ms` to `group.max.session.timeout.ms`.
   *
   * @default 30_000
   */
  readonly sessionTimeoutMs?: number;
  /**
   * How long the consumer may show no sign of life before it is begun again.
   *
   * @default the longest rebalance and a session after it: 90_000 with the default session
   */
  readonly silentMs?: number;
  /**
   * The longest pause before it is begun again, before it is spread by a quarter to both sides.
   *
   * @default 30_000
   */
  readonly longestPauseMs?: number;
}

const FIRST_PAUSE_MS = 500;

/** How long a consumer may take to say good-bye: one that hangs never would. */
const DISCONNECT_WITHIN_MS = 5_000;

/**
 * Consumes a topic. kafkajs begins some consumers again by itself and leaves others dead without a
 * word; here there is one way for all of them, which can be seen from outside.
 */
export function keepConsuming(options: KeptConsumerOptions): KeptConsumer {
  const { log, longestPauseMs = 30_000 } = options;
  const stopping = new AbortController();
  // Until Kafka has been reached once, nothing is wrong with the consumer.
  let state: ConsumerState = 'away';
  const backoff = { firstMs: FIRST_PAUSE_MS, longestMs: longestPauseMs };
  let failures = 0;
  const onJoin = () => {
    state = 'running';
    failures = 0;
  };
  const keep = async () => {
    while (!stopping.signal.aborted) {
      const error = await consumeOnce(options, stopping.signal, onJoin);
      if (error === null) return;
      state = isAway(error, options.topic) ? 'away' : 'dead';
      const pauseMs = Math.round(backoffMs(backoff, failures, Math.random()));
      failures += 1;
      const facts = { ...(toKafkaFault(error, [options.topic]) ?? { err: error }), pauseMs };
      if (state === 'away') log.warn(facts, 'kafka is away; commands wait there');
      else log.error(facts, 'the command consumer has ended; it will be begun again');
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  const kept = keep();
  return {
    state: () => state,
    stop: () => {
      stopping.abort();
      return kept;
    },
  };
}

/** Consumes until it ends; tells why, or null when it was stopped. */
async function consumeOnce(
  options: KeptConsumerOptions,
  stopped: AbortSignal,
  onJoin: () => void,
): Promise<Error | null> {
  const { kafka, topic, groupId, eachBatch, sessionTimeoutMs = 30_000 } = options;
  const rebalanceTimeout = Math.max(60_000, sessionTimeoutMs);
  const { silentMs = rebalanceTimeout + sessionTimeoutMs } = options;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout,
    heartbeatInterval: Math.round(sessionTimeoutMs / 10),
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 500,
    retry: { retries: 3, restartOnFailure: async () => false },
  });
  let life = { end: () => {} };
  let onStop = () => {};
  const ended = new Promise<Error | null>((resolve) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => resolve(payload.error));
    life = watchLife(consumer, silentMs, resolve);
    onStop = () => resolve(null);
    if (stopped.aborted) onStop();
    else stopped.addEventListener('abort', onStop);
  });
  consumer.on(consumer.events.GROUP_JOIN, onJoin);
  const consume = async (): Promise<null> => {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    return null;
  };
  try {
    // Stopped while it connects, it need not be waited for.
    const failed = await Promise.race([consume(), ended]);
    return failed ?? (await ended);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    stopped.removeEventListener('abort', onStop);
    life.end();
    await disconnect(consumer);
  }
}

/** Once it has joined, a consumer that works asks for messages or beats every few seconds. */
function watchLife(consumer: Consumer, silentMs: number, tell: (silence: Error) => void) {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const onSign = () => {
    clearTimeout(timer);
    // One that was left behind may wake up again.
    if (isOver) return;
    timer = setTimeout(() => tell(new Error(`no sign of life for ${silentMs} ms`)), silentMs);
  };
  const { GROUP_JOIN, FETCH, HEARTBEAT } = consumer.events;
  for (const sign of [GROUP_JOIN, FETCH, HEARTBEAT] as const) consumer.on(sign, onSign);
  return {
    end: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}

/** What is not connected any more need not be told to be, and what hangs is left behind. */
async function disconnect(consumer: Consumer): Promise<void> {
  const waiting = new AbortController();
  await Promise.race([
    consumer.disconnect().catch(() => {}),
    sleep(DISCONNECT_WITHIN_MS, undefined, { signal: waiting.signal }).catch(() => {}),
  ]);
  waiting.abort();
}

/** Kafka, or a part of it, can't be reached: what passes without us, unlike a missing topic. */
function isAway(error: Error, topic: string): boolean {
  const reason = toKafkaFault(error, [topic])?.reason;
  // A group that moves to another broker is away too: kafkajs says then that trying again helps.
  return reason === 'connection' || (reason === 'refused' && mayPass(error));
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('retriable' in error && error.retriable === true) || mayPass(error.cause);
}
