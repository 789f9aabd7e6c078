/**
 * Whether commands come in. `away`: Kafka can't be reached, and they wait there. `dead`: the
 * consumer has ended for another reason; it is begun again, but nobody knows whether that helps.
 * `stuck`: it is there, but somewhere the same message has been the next one for minutes.
 */
export type ConsumerState = 'running' | 'away' | 'dead' | 'stuck';
