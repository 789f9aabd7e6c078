/** What a Kafka broker does not do for us now, in words that hold no secret. */
export interface KafkaFault {
  readonly type: 'KafkaUnavailable';
  /**
   * `connection`: nobody answers, not in time, or not as we want it; `topic`: it is not there;
   * `access`: we may not; `unreadable`: what is stored there can't be read; `refused`: the broker
   * answers, and says no.
   */
  readonly reason: 'connection' | 'topic' | 'access' | 'unreadable' | 'refused';
  /** What is wrong, and what to do about it. */
  readonly message: string;
}

type Told = readonly [reason: KafkaFault['reason'], cure: string];

const CREDENTIALS: Told = [
  'access',
  'check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
];
const TOPIC_RIGHTS: Told = [
  'access',
  'allow our user READ and DESCRIBE on KAFKA_COMMANDS_TOPIC, WRITE and DESCRIBE on KAFKA_EVENTS_TOPIC (kafka-acls.sh)',
];
const TOO_LARGE: Told = [
  'refused',
  'raise max.message.bytes of KAFKA_EVENTS_TOPIC (kafka-configs.sh)',
];
const TOO_OLD: Told = [
  'refused',
  'the brokers must be of Kafka 0.11 or newer, and so the message format',
];
const CERTIFICATE: Told = [
  'connection',
  "the broker's certificate is not trusted: set KAFKA_SSL_CA to the authority that signed it, and name the brokers in KAFKA_BROKERS as it does",
];
const NO_TLS: Told = [
  'connection',
  'the broker does not speak TLS there: name its encrypted listener in KAFKA_BROKERS, or set KAFKA_SSL=false',
];

/**
 * What does not pass by itself, by Kafka's own codes, Node's codes of connections and kafkajs's names.
 * https://kafka.apache.org/protocol#protocol_error_codes
 */
const LASTING: Readonly<Record<string, Told>> = {
  TOPIC_AUTHORIZATION_FAILED: TOPIC_RIGHTS,
  GROUP_AUTHORIZATION_FAILED: [
    'access',
    'allow our user READ on the group KAFKA_CONSUMER_GROUP (kafka-acls.sh)',
  ],
  CLUSTER_AUTHORIZATION_FAILED: [
    'access',
    'allow our user to do so on the cluster, or have it done by somebody who may',
  ],
  SASL_AUTHENTICATION_FAILED: CREDENTIALS,
  KafkaJSSASLAuthenticationError: CREDENTIALS,
  UNSUPPORTED_SASL_MECHANISM: CREDENTIALS,
  ILLEGAL_SASL_STATE: CREDENTIALS,
  SECURITY_DISABLED: CREDENTIALS,
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: CERTIFICATE,
  CERT_NOT_YET_VALID: CERTIFICATE,
  CERT_SIGNATURE_FAILURE: CERTIFICATE,
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  EPROTO: NO_TLS,
  MESSAGE_TOO_LARGE: TOO_LARGE,
  RECORD_LIST_TOO_LARGE: TOO_LARGE,
  UNSUPPORTED_VERSION: TOO_OLD,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: TOO_OLD,
  UNSUPPORTED_COMPRESSION_TYPE: TOO_OLD,
  KafkaJSServerDoesNotSupportApiKey: TOO_OLD,
  INVALID_SESSION_TIMEOUT: [
    'refused',
    'let the brokers admit a session of 30 s: group.min.session.timeout.ms and group.max.session.timeout.ms',
  ],
  INCONSISTENT_GROUP_PROTOCOL: [
    'refused',
    'another program uses the same group: set KAFKA_CONSUMER_GROUP to a name of its own',
  ],
  INVALID_GROUP_ID: ['refused', 'set KAFKA_CONSUMER_GROUP to a name that Kafka admits'],
  GROUP_MAX_SIZE_REACHED: [
    'refused',
    'the group has as many members as group.max.size admits: raise it, or run fewer replicas',
  ],
  INVALID_REPLICATION_FACTOR: [
    'refused',
    'there are fewer brokers than copies: campusg-pay kafka topics --replication with a lower number',
  ],
  INVALID_PARTITIONS: ['refused', 'campusg-pay kafka topics --partitions with another number'],
  POLICY_VIOLATION: ['refused', "create the topic as the cluster's policy wants it"],
  INVALID_TIMESTAMP: ['refused', 'set the clocks of this machine and of the brokers right'],
  BatchNotUnderstood: [
    'unreadable',
    'have the consumer group begin behind it (kafka-consumer-groups.sh --reset-offsets), or restore the partition from another broker',
  ],
};

const MISSING = ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'];

interface KafkaError {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly message?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Finds out what kafkajs means; null for an error that is not of its making, which is a bug. */
export function toKafkaFault(error: unknown, topics: readonly string[]): KafkaFault | null {
  return explain(error, topics)?.fault ?? null;
}

/** Whether it stays so until somebody does something about it; otherwise it may pass by itself. */
export function isLasting(error: unknown): boolean {
  return explain(error, [])?.isLasting ?? true;
}

function explain(
  error: unknown,
  topics: readonly string[],
): { readonly fault: KafkaFault; readonly isLasting: boolean } | null {
  const chain = causesOf(error);
  if (!chain.some(({ name }) => String(name).startsWith('KafkaJS'))) return null;
  const names = chain.flatMap(({ type, code, name }) => [type, code, name].map(String));
  const detail = String(chain.at(-1)?.message ?? '');
  const told = (isLasting: boolean, reason: KafkaFault['reason'], message: string) => ({
    fault: { type: 'KafkaUnavailable', reason, message } as const,
    isLasting,
  });
  if (names.some((name) => MISSING.includes(name))) {
    const named = topics.join(' or ');
    return told(
      true,
      'topic',
      `Kafka has no topic ${named}: campusg-pay kafka topics creates them`,
    );
  }
  const lasting = names.map((name) => LASTING[name]).find((known) => known !== undefined);
  if (lasting !== undefined) {
    const [reason, cure] = lasting;
    return told(true, reason, `${BEGINNINGS[reason]}: ${detail}; ${cure}`);
  }
  if (names.some((name) => AWAY.test(name))) {
    const hint = names.map((name) => HINTS[name]).find((known) => known !== undefined);
    const also = hint === undefined ? '' : `; ${hint}`;
    return told(false, 'connection', `Kafka does not answer: ${detail}${also}`);
  }
  // A leader that moves, a broker that is not ready: as good as away, and soon over.
  if (chain.some(({ type, retriable }) => type !== undefined && retriable === true)) {
    return told(false, 'connection', `Kafka is not ready: ${detail}`);
  }
  // What kafkajs itself would try again may pass, e.g. a group that moves to another broker.
  const mayPass = chain.some(({ retriable }) => retriable === true);
  return told(!mayPass, 'refused', `Kafka refuses: ${detail}`);
}

const BEGINNINGS: Readonly<Record<KafkaFault['reason'], string>> = {
  connection: 'Kafka can not be reached',
  topic: 'Kafka has no such topic',
  access: 'Kafka does not let us in',
  unreadable: 'What Kafka keeps can not be read',
  refused: 'Kafka refuses',
};

/** Kinds of errors of kafkajs: nobody was there, or not in time. */
const AWAY =
  /^KafkaJS.*(Connection|Timeout|BrokerNotFound|NoBrokerAvailable|GroupCoordinatorNotFound)/;

const HANGS_UP =
  'if it stays so, that listener may want TLS or a user: check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_...';

/** What may pass by itself, and may be a wrong setting. */
const HINTS: Readonly<Record<string, string>> = {
  KafkaJSConnectionClosedError: HANGS_UP,
  ECONNRESET: HANGS_UP,
  ENOTFOUND: 'if it stays so, check the names in KAFKA_BROKERS',
};

/** Whether a broker did answer, with a code of Kafka's. */
export function isAnswer(error: unknown): boolean {
  return causesOf(error).some(({ type }) => type !== undefined);
}

/** Whether a batch was refused whole for its size. */
export function isTooLarge(error: unknown): boolean {
  return causesOf(error).some(
    ({ type }) => type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE',
  );
}

/** What an error comes from; of several at once the first. */
function causesOf(error: unknown): KafkaError[] {
  const chain: KafkaError[] = [];
  for (let one = error; one instanceof Error && chain.length < 8; one = causeOf(one)) {
    chain.push(one);
  }
  return chain;
}

function causeOf({ cause, errors }: KafkaError): unknown {
  return cause ?? (Array.isArray(errors) ? errors[0] : undefined);
}
