import type { Collection } from './collection.js';
import { type Journal, openJournal } from './journal.js';
import {
  bodyOf,
  type Entry,
  eventEntry,
  patchEntry,
  replyEntry,
  subjectOf,
} from './journal-entry.js';
import type { KeptReply } from './kept-reply.js';
import type { EventRecord, Kind, Records } from './records.js';
import { createTables, type Tables } from './tables.js';
import { Tally } from './tally.js';

/** An event that an endpoint has not confirmed yet. */
export interface Delivery {
  readonly event: string;
  readonly endpoint: string;
}

const DAY_MS = 86_400_000;

/**
 * All the sandbox's state: collections, remembered replies, deliveries that are due, and how far
 * the clock was moved. Changes gather in a batch; `commit` appends it to the journal as one line.
 */
export class Store {
  tables: Tables = createTables();
  /** What each account has, by the movements among the tables. */
  tally = new Tally();
  replies = new Map<string, KeptReply>();
  /** Event id to the endpoints that have not confirmed it yet. */
  due = new Map<string, Set<string>>();
  clockOffsetMs = 0;
  /** Whether nothing was read from a data file when this was opened. */
  isNew = true;
  #fresh: Delivery[] = [];
  #journal: Journal | undefined;
  #batch: string[] = [];
  #entriesRead = 0;
  #onTrouble: (trouble: string | null) => void = () => {};
  #trouble: string | null = null;

  /** Reads the journal at `dataFile`; throws when a line other than a torn last one is unsound. */
  static open(dataFile: string | undefined, nowMs: number): Store {
    const store = new Store();
    if (dataFile === undefined) return store;
    store.#journal = openJournal(dataFile, (line, number) => {
      try {
        for (const entry of JSON.parse(line) as Entry[]) store.#replay(entry);
      } catch (cause) {
        throw new Error(`The sandbox's data file ${dataFile} is damaged at line ${number}`, {
          cause,
        });
      }
    });
    store.isNew = store.#entriesRead === 0;
    store.#compact(nowMs + store.clockOffsetMs);
    return store;
  }

  get<K extends Kind>(kind: K, id: string): Records[K] | undefined {
    return this.tables[kind].get(id);
  }

  put<K extends Kind>(kind: K, record: Records[K]): void {
    const former = this.tables[kind].get(record.id);
    this.#set(kind, record);
    if (this.#journal === undefined) return;
    this.#log(former === undefined ? ['put', kind, record] : patchEntry(kind, former, record));
  }

  putEvent(event: EventRecord, endpoints: readonly string[]): void {
    this.tables.event.put(event);
    this.#log(eventEntry(event, this.tables));
    if (endpoints.length === 0) return;
    this.due.set(event.id, new Set(endpoints));
    for (const endpoint of endpoints) {
      this.#log(['due', event.id, endpoint]);
      this.#fresh.push({ event: event.id, endpoint });
    }
  }

  /** Deliveries that became due since this was last asked. */
  takeFresh(): readonly Delivery[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }

  setDue(event: string, endpoint: string): void {
    this.#replay(['due', event, endpoint]);
    this.#log(['due', event, endpoint]);
    this.#fresh.push({ event, endpoint });
  }

  setSent(event: string, endpoint: string): void {
    this.#replay(['sent', event, endpoint]);
    this.#log(['sent', event, endpoint]);
  }

  keepReply(reply: KeptReply): void {
    this.replies.set(reply.key, reply);
    this.#log(replyEntry(reply, this.tables));
  }

  setClockOffset(ms: number): void {
    this.clockOffsetMs = ms;
    this.#log(['clock', ms]);
  }

  /**
   * Writes what changed since the last commit: before the reply that reports it goes out. False: it
   * can't be written now, as on a full disk; the next commit tries again, in one piece.
   */
  commit(): boolean {
    if (this.#batch.length === 0) return true;
    try {
      this.#journal?.append(`[${this.#batch.join(',')}]`);
    } catch (error) {
      this.#tellTrouble(error instanceof Error && 'code' in error ? String(error.code) : 'unknown');
      return false;
    }
    this.#batch = [];
    this.#tellTrouble(null);
    return true;
  }

  /** Told once why the data file can't be written (the system's code), and null once it can again. */
  onTrouble(tell: (trouble: string | null) => void): void {
    this.#onTrouble = tell;
  }

  #tellTrouble(trouble: string | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#onTrouble(trouble);
  }

  /** Forgets everything, on disk too. The clock stays where it is: time does not run backwards. */
  reset(): void {
    // First, for it may fail.
    this.#journal?.rewrite([JSON.stringify([['clock', this.clockOffsetMs]])]);
    this.tables = createTables();
    this.tally = new Tally();
    this.replies = new Map();
    this.due = new Map();
    this.#fresh = [];
    this.#batch = [];
  }

  close(): void {
    this.commit();
    this.#journal?.close();
    this.#journal = undefined;
  }

  #log(entry: Entry): void {
    // Turned into text at once: a reference means "the version as of here" when it is replayed.
    if (this.#journal !== undefined) this.#batch.push(JSON.stringify(entry));
  }

  #replay(entry: Entry): void {
    this.#entriesRead += 1;
    switch (entry[0]) {
      case 'put':
        this.#restore(entry[1], entry[2]);
        return;
      case 'patch': {
        const former = this.tables[entry[1]].get(entry[2]);
        if (former === undefined) throw new Error(`no ${entry[1]} ${entry[2]}`);
        this.#restore(entry[1], { ...former, ...entry[3] } as Records[Kind]);
        return;
      }
      case 'event':
        this.#restore('event', { ...entry[1], subject: subjectOf(entry[2], this.tables) });
        return;
      case 'reply': {
        const [, rest, body] = entry;
        this.replies.set(rest.key, { ...rest, body: bodyOf(body, this.tables) });
        return;
      }
      case 'due':
        this.due.set(entry[1], (this.due.get(entry[1]) ?? new Set()).add(entry[2]));
        return;
      case 'sent': {
        const left = this.due.get(entry[1]);
        left?.delete(entry[2]);
        if (left?.size === 0) this.due.delete(entry[1]);
        return;
      }
      case 'clock':
        this.clockOffsetMs = entry[1];
    }
  }

  #restore<K extends Kind>(kind: K, record: Records[K]): void {
    const table: Collection<Records[K]> = this.tables[kind];
    const seq = table.get(record.id)?.seq ?? table.nextSeq;
    this.#set(kind, { ...record, seq });
  }

  #set<K extends Kind>(kind: K, record: Records[K]): void {
    const { balance_transaction: movements } = this.tables;
    const former = kind === 'balance_transaction' ? movements.get(record.id) : undefined;
    const table: Collection<Records[K]> = this.tables[kind];
    table.put(record);
    const now = kind === 'balance_transaction' ? movements.get(record.id) : undefined;
    if (now !== undefined) this.tally.put(former, now);
  }

  /** The shortest history that leads to the present state. */
  *#history(nowMs: number): Generator<Entry> {
    const { event: events, ...tables } = this.tables;
    yield ['clock', this.clockOffsetMs];
    for (const [kind, table] of Object.entries(tables)) {
      for (const record of table.values()) yield ['put', kind as Kind, record];
    }
    for (const event of events.values()) {
      // Stripe lists events for 30 days and remembers replies for one.
      if (event.created * 1000 < nowMs - 30 * DAY_MS && !this.due.has(event.id)) continue;
      yield eventEntry(event, this.tables);
    }
    for (const reply of this.replies.values()) {
      if (reply.at >= nowMs - DAY_MS) yield replyEntry(reply, this.tables);
    }
    for (const [event, endpoints] of this.due) {
      for (const endpoint of endpoints) yield ['due', event, endpoint];
    }
  }

  /** Rewriting pays when at least half of the file is past; small files are not worth it. */
  #compact(nowMs: number): void {
    let needed = 0;
    for (const _entry of this.#history(nowMs)) needed += 1;
    if (this.#entriesRead <= 2 * needed + 200) return;
    try {
      this.#journal?.rewrite(linesOf(this.#history(nowMs)));
    } catch (error) {
      // On a full disk the long history does as well as the short one.
      if (!(error instanceof Error && 'code' in error)) throw error;
    }
  }
}

function* linesOf(entries: Iterable<Entry>): Generator<string> {
  for (const entry of entries) yield JSON.stringify([entry]);
}
