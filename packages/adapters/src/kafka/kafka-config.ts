import type { Dialect } from '../contract/messages.js';

/** Where Kafka is, who we are there, and the two topics. */
export interface KafkaConfig {
  /** host:port each. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly eventsTopic: string;
  readonly commandsTopic: string;
  /** Replicas of one group share the commands. */
  readonly consumerGroup: string;
  /** How a revert that went well is told. */
  readonly dialect: Dialect;
  /** Null: not encrypted. `ca`: the only authority that is trusted, as PEM; null: the usual ones. */
  readonly ssl: { readonly ca: string | null } | null;
  readonly sasl: KafkaSasl | null;
}

/** How we show who we are. The password is a secret. */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
