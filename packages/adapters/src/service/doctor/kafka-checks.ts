import type { Logger } from '@campusg-pay/core';
import type { KafkaConfig } from '../config.js';
import { loadKafka } from '../drivers.js';
import { type Check, failing, notInstalled, ok } from './check.js';

/** Whether the brokers answer and have our topics. */
export async function* checkKafka(config: KafkaConfig, log: Logger): AsyncGenerator<Check> {
  const loaded = await loadKafka();
  if (loaded.isErr()) {
    yield notInstalled('Kafka', loaded.error);
    return;
  }
  const looked = await loaded.value.ensureTopics(config, log, { checkOnly: true });
  if (looked.isErr()) {
    yield failing(
      'Kafka',
      looked.error.message,
      'check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_...',
    );
    return;
  }
  for (const { topic, state, partitions, replication } of looked.value) {
    yield state === 'missing'
      ? failing('Kafka', `no topic ${topic}`, 'campusg-pay kafka topics')
      : ok('Kafka', `topic ${topic}, ${partitions} partitions, ${replication} copies`);
  }
}
