/** What a Kafka broker does not do for us now, in words that hold no secret. */
export interface KafkaFault {
  readonly type: 'KafkaUnavailable';
  /**
   * `connection`: nobody answers, or not in time; `topic`: it is not there; `access`: we may not;
   * `refused`: the broker answers, and says no.
   */
  readonly reason: 'connection' | 'topic' | 'access' | 'refused';
  readonly message: string;
}

const MISSING = ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'];
const ACCESS = /AUTHORIZATION_FAILED|SASL|ILLEGAL_SASL_STATE|UNSUPPORTED_SASL_MECHANISM/;

interface KafkaError {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly message?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
}

/** Finds out what kafkajs means; null for an error that is not of its making, which is a bug. */
export function toKafkaFault(error: unknown, topics: readonly string[]): KafkaFault | null {
  const chain = causesOf(error);
  if (!chain.some(({ name }) => String(name).startsWith('KafkaJS'))) return null;
  const types = chain.map(({ type, name }) => `${type ?? name}`);
  const detail = String(chain.at(-1)?.message ?? '');
  const fault = (reason: KafkaFault['reason'], message: string): KafkaFault => ({
    type: 'KafkaUnavailable',
    reason,
    message,
  });
  if (types.some((type) => MISSING.includes(type))) {
    const named = topics.join(' or ');
    return fault('topic', `Kafka has no topic ${named}: campusg-pay kafka topics creates them`);
  }
  if (types.some((type) => ACCESS.test(type))) {
    return fault('access', `Kafka does not let us in: ${detail}`);
  }
  if (
    types.some((type) =>
      /Connection|Timeout|BrokerNotFound|GroupCoordinatorNotFound|NotImplemented/.test(type),
    )
  ) {
    return fault('connection', `Kafka does not answer: ${detail}`);
  }
  // A leader that moves, a broker that is not ready: as good as away, and soon over.
  if (chain.some(({ type, retriable }) => type !== undefined && retriable === true)) {
    return fault('connection', `Kafka is not ready: ${detail}`);
  }
  return fault('refused', `Kafka refuses: ${detail}`);
}

function causesOf(error: unknown): KafkaError[] {
  const chain: KafkaError[] = [];
  for (let one = error; one instanceof Error && chain.length < 5; one = one.cause) chain.push(one);
  return chain;
}
