import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@campusg-pay/core';
import { backoffMs } from '@campusg-pay/core';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { type OnLife, watchLife } from './consumer-life.js';
import type { ConsumerState } from './consumer-state.js';
import { withCodecs, withoutCodecs } from './decoding/codecs.js';
import { isAnswer, isLasting, toKafkaFault } from './kafka-fault.js';

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
  /** Told the partitions that are ours from now on. */
  readonly onJoin?: (partitions: readonly number[]) => void;
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

/**
 * One that had ended lives again only after so long in its group: joining it proves nothing, and a
 * broker that answers may stand beside one whose every answer ends the consumer.
 */
const PROBATION_MS = 10_000;

/** A broker that answers and is not ready for so long will not be so by itself. */
const NOT_READY_MS = 5 * 60_000;

/** So often is the same trouble told as more than a detail. */
const TELL_AGAIN_MS = 10 * 60_000;

/** How long a consumer may take to say good-bye: one that hangs never would. */
const DISCONNECT_WITHIN_MS = 5_000;

/**
 * Consumes a topic. kafkajs begins some consumers again by itself and leaves others dead without a
 * word; here there is one way for all of them, which can be seen from outside.
 */
export function keepConsuming(options: KeptConsumerOptions): KeptConsumer {
  const { longestPauseMs = 30_000 } = options;
  const stopping = new AbortController();
  // Until Kafka has been reached once, nothing is wrong with the consumer.
  let state: ConsumerState = 'away';
  const backoff = { firstMs: FIRST_PAUSE_MS, longestMs: longestPauseMs };
  let failures = 0;
  let answeredSinceMs: number | null = null;
  const tell = createTeller(options);
  const onLife: OnLife = ({ joinedMs, hasProcessed }) => {
    if (state !== 'dead' || hasProcessed || joinedMs >= PROBATION_MS) state = 'running';
    // Only who lives as long as the longest pause is over what it died of.
    if (joinedMs < longestPauseMs) return;
    failures = 0;
    answeredSinceMs = null;
  };
  const keep = async () => {
    while (!stopping.signal.aborted) {
      const error = await consumeOnce(options, stopping.signal, onLife);
      if (error === null) return;
      const nowMs = performance.now();
      answeredSinceMs = isAnswer(error) ? (answeredSinceMs ?? nowMs) : null;
      const isPatient = answeredSinceMs === null || nowMs - answeredSinceMs < NOT_READY_MS;
      state = isPatient && !isLasting(error) ? 'away' : 'dead';
      const pauseMs = Math.round(backoffMs(backoff, failures, Math.random()));
      failures += 1;
      tell(state, error, { pauseMs, failures });
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

/** Tells what a consumer ended of; the same once more only after a while, and as a detail meanwhile. */
function createTeller({ log, topic }: KeptConsumerOptions) {
  let last: { readonly kind: string; readonly atMs: number } | null = null;
  return (
    state: 'away' | 'dead',
    error: Error,
    more: { readonly pauseMs: number; readonly failures: number },
  ): void => {
    const fault = toKafkaFault(error, [topic]);
    const kind = `${state} ${fault?.reason} ${fault?.message ?? error.message}`;
    const atMs = performance.now();
    const isTold = last?.kind === kind && atMs - last.atMs < TELL_AGAIN_MS;
    if (!isTold) last = { kind, atMs };
    const facts = { ...(fault ?? { err: error }), ...more };
    const level = state === 'away' ? 'warn' : 'error';
    const line =
      state === 'away'
        ? 'kafka is away; commands wait there'
        : 'the command consumer has ended; it will be begun again';
    log[isTold ? 'debug' : level](facts, line);
  };
}

/** Consumes until it ends; tells why, or null when it was stopped. */
async function consumeOnce(
  options: KeptConsumerOptions,
  stopped: AbortSignal,
  onLife: OnLife,
): Promise<Error | null> {
  const { kafka, topic, groupId, eachBatch, onJoin, sessionTimeoutMs = 30_000 } = options;
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
    life = watchLife(consumer, silentMs, { onSilence: resolve, onLife });
    onStop = () => resolve(null);
    if (stopped.aborted) onStop();
    else stopped.addEventListener('abort', onStop);
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    // Marks of transactions alone, which nobody is handed: otherwise they would seem to wait for ever.
    if (payload.batchSize === 0) skip(consumer, payload);
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    onJoin?.(payload.memberAssignment[topic] ?? []);
  });
  const consume = async (): Promise<null> => {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await withCodecs(() =>
      consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => withoutCodecs(() => eachBatch(payload)),
      }),
    );
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

/** Where it fails the next commit makes up for it. */
function skip(
  consumer: Consumer,
  { topic, partition, lastOffset }: { topic: string; partition: number; lastOffset: string },
): void {
  const offset = String(BigInt(lastOffset) + 1n);
  consumer.commitOffsets([{ topic, partition, offset }]).catch(() => {});
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
