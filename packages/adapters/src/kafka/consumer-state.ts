/**
 * Whether commands come in. `away`: Kafka can't be reached, and they wait there. `dead`: the
 * consumer has ended for another reason; it is begun again, but nobody knows whether that helps.
 */
export type ConsumerState = 'running' | 'away' | 'dead';
