import type { Life, Line } from './line.js';
import type { Outbox, RelayPorts } from './parts.js';
import type { Topic } from './topic.js';

/** What the relay of a replica sees: each exchange may fail, and the log may take half of a batch. */
export function relayPortsOf(
  life: Life,
  { line, outbox, topic }: { readonly line: Line; readonly outbox: Outbox; readonly topic: Topic },
): RelayPorts {
  return {
    oldest: (limit) =>
      line.ask(life, {
        place: 'database',
        method: 'oldest',
        what: 'oldest of the outbox',
        work: async () => outbox.oldest(limit),
        fault: () => null,
      }),
    publish: (rows) =>
      line.ask(life, {
        place: 'log',
        method: 'publish',
        what: `publish ${rows.map(({ id }) => id).join()}`,
        work: async () => {
          topic.accept(rows);
          return true;
        },
        fault: (fate) => {
          // An error in the middle of a batch: the first half is there.
          if (fate === 'vanished') topic.accept(rows.slice(0, rows.length >> 1));
          return false;
        },
      }),
    remove: (ids) =>
      line.ask(life, {
        place: 'database',
        method: 'remove',
        what: `remove ${ids.join()}`,
        work: async () => {
          outbox.remove(ids);
          return true;
        },
        fault: () => false,
      }),
  };
}
