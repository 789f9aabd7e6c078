import type pg from 'pg';

/** What was written to the write-ahead log between two moments, whoever wrote it. */
export interface WalUse {
  readonly records: number;
  /** Without the images below. */
  readonly bytes: number;
  /**
   * Whole pages, written at the first change of each after a checkpoint. How many depends on how the
   * rows lie, not on what a command does, so they are told apart.
   */
  readonly imageBytes: number;
  /** How many records of each kind, such as `Heap/INSERT`. */
  readonly kinds: Readonly<Record<string, number>>;
}

/** A position in the log. */
export type WalPosition = string;

/** Makes ready what the log is read with. Needs a superuser. */
export async function prepareWal(admin: pg.Client): Promise<void> {
  await admin.query('create extension if not exists pg_walinspect');
}

/** All that was acknowledged so far is before it. */
export async function walPosition(admin: pg.Client): Promise<WalPosition> {
  const { rows } = await admin.query('select pg_current_wal_flush_lsn()::text as at');
  return rows[0].at;
}

/** Reads the log itself: Postgres' own counters lag behind for up to ten seconds. */
export async function walBetween(
  admin: pg.Client,
  from: WalPosition,
  to: WalPosition,
): Promise<WalUse> {
  // There must be one to find, even where nothing was written.
  await admin.query(`select pg_logical_emit_message(true, 'bench', '')`);
  const { rows } = await admin.query({
    text: `select "resource_manager/record_type" as kind, count::int, record_size::int as bytes,
                  fpi_size::int as images
           from pg_get_wal_stats($1, $2, true) where count > 0`,
    values: [from, to],
  });
  const use = { records: 0, bytes: 0, imageBytes: 0, kinds: {} as Record<string, number> };
  for (const { kind, count, bytes, images } of rows) {
    use.records += count;
    use.bytes += bytes;
    use.imageBytes += images;
    use.kinds[kind] = count;
  }
  return use;
}
