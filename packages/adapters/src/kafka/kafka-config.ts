import type { Dialect } from '../contract/messages.js';

/**
 * Where Kafka is, who we are there, and the two topics. The defaults are those of the service, which
 * reads each field from the variable that is named.
 */
export interface KafkaConfig {
  /** `KAFKA_BROKERS`: where to begin, `host:port` each, at least one. */
  readonly brokers: readonly string[];
  /**
   * `KAFKA_CLIENT_ID`: the name under which the brokers' logs and quotas know us.
   *
   * @default 'payment-service'
   */
  readonly clientId: string;
  /**
   * `KAFKA_EVENTS_TOPIC`: where events go. Up to 249 letters, digits, dots, dashes and underscores.
   *
   * @default 'payment_events'
   */
  readonly eventsTopic: string;
  /**
   * `KAFKA_COMMANDS_TOPIC`: where commands come from. Named as `eventsTopic`.
   *
   * @default 'payment_commands'
   */
  readonly commandsTopic: string;
  /**
   * `KAFKA_CONSUMER_GROUP`: replicas of one group share the commands.
   *
   * @default 'payment-service-group'
   */
  readonly consumerGroup: string;
  /**
   * `KAFKA_REPLY_DIALECT`: how a revert that went well is told.
   *
   * @default 'own'
   */
  readonly dialect: Dialect;
  /**
   * `KAFKA_SSL`, `KAFKA_SSL_CA`. Null: not encrypted. `ca`: the only authority that is trusted, as PEM;
   * null: the usual ones.
   *
   * @default null
   */
  readonly ssl: { readonly ca: string | null } | null;
  /**
   * `KAFKA_SASL_...`. Null: we don't show who we are.
   *
   * @default null
   */
  readonly sasl: KafkaSasl | null;
}

/** How we show who we are. The password is a secret. */
export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
