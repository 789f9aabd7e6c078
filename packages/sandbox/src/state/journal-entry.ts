import type { KeptBody, KeptReply } from './kept-reply.js';
import type { EventRecord, Kind, Records, Subject } from './records.js';
import type { Tables } from './tables.js';

/** A subject on disk: only its id while it is the current version, else the version itself. */
type Ref = readonly [Kind, string | Records[Kind]];

interface StoredBody {
  readonly subject: Ref;
  readonly expand: readonly string[];
  readonly pins: readonly Ref[];
}

/** One change, as a line of the journal lists it. */
export type Entry =
  | readonly ['put', Kind, Records[Kind]]
  | readonly ['patch', Kind, string, Partial<Records[Kind]>]
  | readonly ['event', Omit<EventRecord, 'subject'>, Ref]
  | readonly ['reply', Omit<KeptReply, 'body'>, { text: string } | StoredBody]
  | readonly ['due' | 'sent', string, string]
  | readonly ['clock', number];

/** Only what a later version changes: a third of the bytes, and versions share the rest in memory. */
export function patchEntry<K extends Kind>(kind: K, former: Records[K], record: Records[K]): Entry {
  const changed: Partial<Records[K]> = {};
  for (const name of Object.keys(record) as (keyof Records[K])[]) {
    if (former[name] !== record[name]) changed[name] = record[name];
  }
  return ['patch', kind, record.id, changed];
}

export function eventEntry({ subject, ...rest }: EventRecord, tables: Tables): Entry {
  return ['event', rest, refTo(subject, tables)];
}

export function replyEntry({ body, ...rest }: KeptReply, tables: Tables): Entry {
  if ('text' in body) return ['reply', rest, body];
  const { subject, expand, pins } = body;
  const stored = {
    subject: refTo(subject, tables),
    expand,
    pins: pins.map((pin) => refTo(pin, tables)),
  };
  return ['reply', rest, stored];
}

function refTo(subject: Subject, tables: Tables): Ref {
  const current = tables[subject.kind].get(subject.record.id);
  return [subject.kind, current === subject.record ? subject.record.id : subject.record];
}

/** The version that a reference means, as of the entry that holds it. */
export function subjectOf([kind, version]: Ref, tables: Tables): Subject {
  const record = typeof version === 'string' ? tables[kind].get(version) : version;
  if (record === undefined) throw new Error(`no ${kind} ${String(version)}`);
  return { kind, record } as Subject;
}

export function bodyOf(stored: { text: string } | StoredBody, tables: Tables): KeptBody {
  if ('text' in stored) return stored;
  return {
    subject: subjectOf(stored.subject, tables),
    expand: stored.expand,
    pins: stored.pins.map((pin) => subjectOf(pin, tables)),
  };
}
