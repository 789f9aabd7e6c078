/** Counts what was created, each thing once, though a run that was interrupted reads some of them twice. */
export interface CreationTally {
  add(created: readonly Date[]): void;
  /** How many of those that were added, and not told before, were created since then. */
  since(time: Date): number;
}

export function tally(): CreationTally {
  let open: Date[] = [];
  return {
    add: (created) => {
      open.push(...created);
    },
    since: (time) => {
      const before = open.length;
      open = open.filter((created) => created < time);
      return before - open.length;
    },
  };
}
