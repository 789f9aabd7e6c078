import { Collection } from './collection.js';
import { type Journal, openJournal } from './journal.js';
import type { EventRecord, Kind, Records, Subject } from './records.js';

/** What an idempotency key answered first. */
export interface KeptReply {
  readonly key: string;
  readonly fingerprint: string;
  /** Method and path, to tell a reuse on another endpoint from one with other parameters. */
  readonly endpoint: string;
  /** When it was first used, milliseconds on the sandbox's clock. */
  readonly at: number;
  readonly requestId: string;
  readonly status: number;
  readonly body: KeptBody;
}

/** A fixed text, or the versions of the records that the answer showed: these are not copies. */
export type KeptBody =
  | { readonly text: string }
  | {
      readonly subject: Subject;
      readonly expand: readonly string[];
      readonly pins: readonly Subject[];
    };

type Tables = { readonly [K in Kind]: Collection<Records[K]> };

/** A subject on disk: only its id while it is the current version, else the version itself. */
type Ref = readonly [Kind, string | Records[Kind]];
type Op =
  | readonly ['put', Kind, Records[Kind]]
  | readonly ['patch', Kind, string, Partial<Records[Kind]>]
  | readonly ['event', Omit<EventRecord, 'subject'>, Ref]
  | readonly ['reply', Omit<KeptReply, 'body'>, { text: string } | StoredBody]
  | readonly ['due' | 'sent', string, string]
  | readonly ['clock', number];
interface StoredBody {
  readonly subject: Ref;
  readonly expand: readonly string[];
  readonly pins: readonly Ref[];
}

/** An event that an endpoint has not confirmed yet. */
export interface Delivery {
  readonly event: string;
  readonly endpoint: string;
}

const DAY_MS = 86_400_000;

function createTables(): Tables {
  return {
    customer: new Collection<Records['customer']>({ email: (c) => c.email }),
    payment_method: new Collection<Records['payment_method']>({ customer: (m) => m.customer }),
    payment_intent: new Collection<Records['payment_intent']>({ customer: (i) => i.customer }),
    charge: new Collection<Records['charge']>({
      customer: (c) => c.customer,
      payment_intent: (c) => c.intent,
    }),
    refund: new Collection<Records['refund']>({
      charge: (r) => r.charge,
      payment_intent: (r) => r.intent,
    }),
    webhook_endpoint: new Collection<Records['webhook_endpoint']>({}),
    event: new Collection<Records['event']>({}),
  };
}

/**
 * All the sandbox's state: collections, remembered replies, deliveries that are due, and how far
 * the clock was moved. Changes gather in a batch; `commit` appends it to the journal as one line.
 */
export class Store {
  tables: Tables = createTables();
  replies = new Map<string, KeptReply>();
  /** Event id to the endpoints that have not confirmed it yet. */
  due = new Map<string, Set<string>>();
  clockOffsetMs = 0;
  #fresh: Delivery[] = [];
  #journal: Journal | undefined;
  #batch: string[] = [];
  #opsRead = 0;

  /** Reads the journal at `dataFile`; throws when a line other than a torn last one is unsound. */
  static open(dataFile: string | undefined, nowMs: number): Store {
    const store = new Store();
    if (dataFile === undefined) return store;
    store.#journal = openJournal(dataFile, (line, number) => {
      try {
        for (const op of JSON.parse(line) as Op[]) store.#replay(op);
      } catch (cause) {
        throw new Error(`The sandbox's data file ${dataFile} is damaged at line ${number}`, {
          cause,
        });
      }
    });
    store.#compact(nowMs + store.clockOffsetMs);
    return store;
  }

  get<K extends Kind>(kind: K, id: string): Records[K] | undefined {
    return this.tables[kind].get(id);
  }

  put<K extends Kind>(kind: K, record: Records[K]): void {
    const former = this.tables[kind].get(record.id);
    this.tables[kind].put(record);
    if (this.#journal === undefined) return;
    // A later version writes only what is new: a third of the bytes, and when it is read again the
    // versions share the rest.
    if (former === undefined) this.#log(['put', kind, record]);
    else this.#log(['patch', kind, record.id, differences(former, record)]);
  }

  putEvent(event: EventRecord, endpoints: readonly string[]): void {
    this.tables.event.put(event);
    const { subject, ...rest } = event;
    this.#log(['event', rest, this.#ref(subject)]);
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
    this.#log(this.#replyOp(reply));
  }

  setClockOffset(ms: number): void {
    this.clockOffsetMs = ms;
    this.#log(['clock', ms]);
  }

  /** Writes what changed since the last commit: before the reply that reports it goes out. */
  commit(): void {
    if (this.#batch.length === 0) return;
    const line = `[${this.#batch.join(',')}]`;
    this.#batch = [];
    this.#journal?.append(line);
  }

  /** Forgets everything, on disk too. The clock stays where it is: time does not run backwards. */
  reset(): void {
    this.tables = createTables();
    this.replies = new Map();
    this.due = new Map();
    this.#fresh = [];
    this.#batch = [];
    this.#journal?.rewrite([JSON.stringify([['clock', this.clockOffsetMs]])]);
  }

  close(): void {
    this.commit();
    this.#journal?.close();
    this.#journal = undefined;
  }

  #log(op: Op): void {
    // Turned into text at once: a reference means "the version as of here" when it is replayed.
    if (this.#journal !== undefined) this.#batch.push(JSON.stringify(op));
  }

  #ref(subject: Subject): Ref {
    const current = this.tables[subject.kind].get(subject.record.id);
    return [subject.kind, current === subject.record ? subject.record.id : subject.record];
  }

  #deref([kind, version]: Ref): Subject {
    const record = typeof version === 'string' ? this.tables[kind].get(version) : version;
    if (record === undefined) throw new Error(`no ${kind} ${String(version)}`);
    return { kind, record } as Subject;
  }

  #replyOp({ body, ...rest }: KeptReply): Op {
    if ('text' in body) return ['reply', rest, body];
    const { subject, expand, pins } = body;
    return [
      'reply',
      rest,
      { subject: this.#ref(subject), expand, pins: pins.map((p) => this.#ref(p)) },
    ];
  }

  #replay(op: Op): void {
    this.#opsRead += 1;
    switch (op[0]) {
      case 'put':
        this.#restore(op[1], op[2]);
        return;
      case 'patch': {
        const former = this.tables[op[1]].get(op[2]);
        if (former === undefined) throw new Error(`no ${op[1]} ${op[2]}`);
        this.#restore(op[1], { ...former, ...op[3] } as Records[Kind]);
        return;
      }
      case 'event':
        this.#restore('event', { ...op[1], subject: this.#deref(op[2]) });
        return;
      case 'reply': {
        const [, rest, body] = op;
        const kept: KeptBody =
          'text' in body
            ? body
            : {
                subject: this.#deref(body.subject),
                expand: body.expand,
                pins: body.pins.map((pin) => this.#deref(pin)),
              };
        this.replies.set(rest.key, { ...rest, body: kept });
        return;
      }
      case 'due':
        this.due.set(op[1], (this.due.get(op[1]) ?? new Set()).add(op[2]));
        return;
      case 'sent': {
        const left = this.due.get(op[1]);
        left?.delete(op[2]);
        if (left?.size === 0) this.due.delete(op[1]);
        return;
      }
      case 'clock':
        this.clockOffsetMs = op[1];
    }
  }

  #restore<K extends Kind>(kind: K, record: Records[K]): void {
    const table: Collection<Records[K]> = this.tables[kind];
    const seq = table.get(record.id)?.seq ?? table.nextSeq;
    table.put({ ...record, seq });
  }

  /** The shortest history that leads to the present state. */
  *#history(nowMs: number): Generator<Op> {
    const { event: events, ...tables } = this.tables;
    yield ['clock', this.clockOffsetMs];
    for (const [kind, table] of Object.entries(tables)) {
      for (const record of table.values()) yield ['put', kind as Kind, record];
    }
    for (const { subject, ...rest } of events.values()) {
      // Stripe lists events for 30 days and remembers replies for one.
      if (rest.created * 1000 < nowMs - 30 * DAY_MS && !this.due.has(rest.id)) continue;
      yield ['event', rest, this.#ref(subject)];
    }
    for (const reply of this.replies.values()) {
      if (reply.at >= nowMs - DAY_MS) yield this.#replyOp(reply);
    }
    for (const [event, endpoints] of this.due) {
      for (const endpoint of endpoints) yield ['due', event, endpoint];
    }
  }

  /** Rewriting pays when at least half of the file is past; small files are not worth it. */
  #compact(nowMs: number): void {
    let needed = 0;
    for (const _op of this.#history(nowMs)) needed += 1;
    if (this.#opsRead <= 2 * needed + 200) return;
    this.#journal?.rewrite(linesOf(this.#history(nowMs)));
  }
}

function differences<R extends object>(former: R, record: R): Partial<R> {
  const changed: Partial<R> = {};
  for (const name of Object.keys(record) as (keyof R)[]) {
    if (former[name] !== record[name]) changed[name] = record[name];
  }
  return changed;
}

function* linesOf(ops: Iterable<Op>): Generator<string> {
  for (const op of ops) yield JSON.stringify([op]);
}
