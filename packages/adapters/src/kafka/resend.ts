import type { Logger } from '@campusg-pay/core';
import { Partitioners } from 'kafkajs';
import { err, ok, type Result } from 'neverthrow';
import { createKafkaClient } from './client.js';
import type { KafkaConfig } from './kafka-config.js';
import { type KafkaFault, toKafkaFault } from './kafka-fault.js';

/** A message as it came. */
export interface CameAs {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a message to its topic once more, as it came. */
export async function resend(
  config: KafkaConfig,
  log: Logger,
  { topic, ...message }: CameAs,
): Promise<Result<void, KafkaFault>> {
  const { kafka, cut } = createKafkaClient(config, log);
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    retry: { retries: 0 },
  });
  try {
    await producer.connect();
    await producer.send({
      topic,
      acks: -1,
      messages: [{ ...message, headers: { ...message.headers } }],
    });
    return ok();
  } catch (error) {
    const fault = toKafkaFault(error, [topic]);
    if (fault === null) throw error;
    return err(fault);
  } finally {
    await producer.disconnect().catch((error: unknown) => log.debug({ err: error }, 'kafka'));
    cut();
  }
}
