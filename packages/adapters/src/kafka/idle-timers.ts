import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** As much of kafkajs' queue of a connection as is needed here. */
interface RequestQueue {
  readonly pending: readonly unknown[];
  /** Milliseconds since the epoch; -1: never. */
  readonly throttledUntil: number;
  scheduleCheckPendingRequests(): void;
}

let isMended = false;

/**
 * Keeps kafkajs 2.2 from setting a timer for a moment that has passed whenever a queue has nothing in
 * it: one a millisecond for each idle connection (tulios/kafkajs#1704), which Node 24 warns of as a
 * `TimeoutNegativeWarning`. A queue with something in it, or a throttled one, is looked at as before.
 * A kafkajs of another form is left as it is.
 */
export function mendIdleTimers(): void {
  if (isMended) return;
  isMended = true;
  const queue = queuePrototype();
  if (queue === undefined) return;
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length === 0 && this.throttledUntil <= Date.now()) return;
    schedule.call(this);
  };
}

function queuePrototype(): RequestQueue | undefined {
  try {
    const loaded: {
      readonly prototype?: RequestQueue;
    } = require('kafkajs/src/network/requestQueue');
    const { prototype } = loaded;
    return typeof prototype?.scheduleCheckPendingRequests === 'function' ? prototype : undefined;
  } catch {
    return undefined;
  }
}
