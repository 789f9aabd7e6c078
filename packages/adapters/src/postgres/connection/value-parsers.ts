import pg from 'pg';

const { builtins } = pg.types;

/** The session writes times in another way than ours do, which only a host's own pool can bring about. */
export class UnreadableTime extends Error {
  constructor() {
    super('A time is not written as ISO 8601: the session needs DateStyle ISO.');
    this.name = 'UnreadableTime';
  }
}

/** Those whose usual reading loses something, or that a host may have changed for itself. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map([
  [builtins.INT8, parseSafeInteger],
  [builtins.NUMERIC, asText],
  [builtins.DATE, asText],
  [builtins.TIMESTAMPTZ, parseTime],
  [builtins.JSON, JSON.parse],
  [builtins.JSONB, JSON.parse],
]);

/**
 * How values are read, whatever the pool would do by itself: numeric → string, int8 → number (a
 * value beyond 2^53 throws rather than lose digits), timestamptz → Date (milliseconds: compare
 * microseconds in SQL), date → string, json → what it says; all else as `pg` does.
 */
export const valueTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary');
    return parsers.get(oid) ?? pg.types.getTypeParser(oid, 'text');
  },
};

function asText(text: string): string {
  return text;
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('An int8 is too large for a number.');
  return value;
}

/** e.g. `2026-01-31 12:00:00.123456+05:30`; the offset is that of the session. */
function parseTime(text: string): Date {
  const iso = text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) {
    throw new UnreadableTime();
  }
  return time;
}
