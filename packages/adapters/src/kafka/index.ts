// The entry @campusg-pay/adapters/kafka: events out, commands in. Loads kafkajs only.

export { createKafkaClient, type KafkaClient } from './client.js';
export { type CommandConsumerParts, startCommandConsumer } from './command-messages.js';
export type { KeptConsumer } from './consumer.js';
export {
  type ConsumerStanding,
  type PartitionStanding,
  readConsumerStanding,
} from './consumer-standing.js';
export type { ConsumerState } from './consumer-state.js';
export type { KafkaConfig, KafkaSasl } from './kafka-config.js';
export type { KafkaFault } from './kafka-fault.js';
export { createKafkaPublisher } from './publisher.js';
export { type CameAs, resend } from './resend.js';
export { ensureTopics, type TopicState } from './topics.js';
