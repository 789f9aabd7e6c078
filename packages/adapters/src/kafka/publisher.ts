import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, type Outgoing, type Outlet, Unavailable } from '@campusg-pay/core';
import { Partitioners, type Producer } from 'kafkajs';
import { toMessage, type WireMessage } from '../contract/messages.js';
import { ANSWER_WITHIN_MS, createKafkaClient, type KafkaClient } from './client.js';
import type { KafkaConfig } from './kafka-config.js';
import { isTooLarge, toKafkaFault } from './kafka-fault.js';

/** Brokers take a batch of up to 1 MB unless told otherwise, and all may be for one partition. */
const SEND_BYTES = 500_000;

/** Of a record beside its key, value and headers, at most. */
const OVERHEAD_BYTES = 64;

/** A send, or connecting for it, that is not over then is cut off. */
const SEND_WITHIN_MS = 2 * ANSWER_WITHIN_MS;

/** Longest time for which a connection is kept for nothing. */
const IDLE_MS = 5_000;

interface Connection {
  readonly client: KafkaClient;
  readonly producer: Producer;
  readonly ready: Promise<void>;
}

/**
 * Publishes to Kafka's topic of events, one send at a time.
 *
 * Not idempotent in Kafka's sense: kafkajs 2.2.4 can then report a batch as accepted that was lost
 * with its answer. So acknowledged by all replicas, one request in flight, and no repeat by kafkajs:
 * the relay sends the same rows again. After any failure the connection is thrown away with whatever
 * it still has under way. What a broker has read of it by then may still be stored: that repeats events.
 *
 * Connected only while there is something to send: a connection of kafkajs 2.2.4 that idles runs a
 * timer more than a thousand times a second (its issue 1704).
 */
export function createKafkaPublisher(config: KafkaConfig, log: Logger): Outlet {
  let present: Connection | null = null;
  let idle: NodeJS.Timeout | undefined;
  const drop = (connection: Connection | null) => {
    if (connection === null) return;
    if (present === connection) present = null;
    connection.client.cut();
    disconnect(connection, log);
  };
  const rest = () => {
    const connection = present;
    present = null;
    if (connection !== null) disconnect(connection, log);
  };
  const send = async (connection: Connection, outgoing: readonly Outgoing[]) => {
    await inTime(connection.ready);
    const all = outgoing.map((one) => toMessage(one, config.dialect));
    for (const messages of batchesOf(all)) await sendBatch(connection, messages);
  };
  const sendBatch = async (connection: Connection, messages: WireMessage[]): Promise<void> => {
    // Cut off meanwhile: the rows may be another relay's by now.
    if (present !== connection) throw cutOff();
    try {
      await inTime(connection.producer.send({ topic: config.eventsTopic, acks: -1, messages }));
    } catch (error) {
      // The topic admits less than brokers do by themselves. What other partitions took of it is told twice.
      if (messages.length === 1 || !isTooLarge(error)) throw error;
      const half = Math.ceil(messages.length / 2);
      await sendBatch(connection, messages.slice(0, half));
      await sendBatch(connection, messages.slice(half));
    }
  };
  return {
    publish: async (outgoing) => {
      clearTimeout(idle);
      const connection = present ?? connect(config, log);
      present = connection;
      try {
        await send(connection, outgoing);
        idle = setTimeout(rest, IDLE_MS).unref();
      } catch (error) {
        drop(connection);
        if (error instanceof Unavailable) throw error;
        const fault = toKafkaFault(error, [config.eventsTopic]);
        throw fault === null ? error : new Unavailable(fault, error);
      }
    },
    abandon: () => drop(present),
    close: async () => {
      clearTimeout(idle);
      rest();
    },
  };
}

/** What is under way, or the news that it was not over in time. */
async function inTime<Value>(underWay: Promise<Value>): Promise<Value> {
  const deadline = new AbortController();
  const late = sleep(SEND_WITHIN_MS, undefined, { signal: deadline.signal, ref: false });
  try {
    return await Promise.race([underWay, late.then(() => Promise.reject(cutOff()))]);
  } finally {
    deadline.abort();
  }
}

function connect(config: KafkaConfig, log: Logger): Connection {
  const client = createKafkaClient(config, log);
  const producer = client.kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: false,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
  });
  return { client, producer, ready: producer.connect() };
}

/** Nobody waits for it: the process may end, or the broker be gone. */
function disconnect({ producer, ready }: Connection, log: Logger): void {
  ready
    .then(() => producer.disconnect())
    .catch((error: unknown) => log.debug({ err: error }, 'kafka: not disconnected in peace'));
}

function cutOff(): Unavailable {
  const message = 'Kafka did not take the events in time, or we were told to stop';
  return new Unavailable({ type: 'KafkaUnavailable', reason: 'connection', message }, null);
}

/** In their order, each small enough for any broker. */
function batchesOf(messages: readonly WireMessage[]): WireMessage[][] {
  const batches: WireMessage[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = sizeOf(message);
    if (size > room) {
      batches.push([]);
      room = SEND_BYTES;
    }
    batches.at(-1)?.push(message);
    room -= size;
  }
  return batches;
}

function sizeOf({ key, value, headers }: WireMessage): number {
  const texts = [key, value, ...Object.entries(headers).flat()];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), OVERHEAD_BYTES);
}
