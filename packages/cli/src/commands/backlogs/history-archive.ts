import type { ArchiveConfig, ReadSide } from '@campusg-pay/adapters';
import { type ArchiveError, type Archiver, onRecord } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell } from '../../terminal/output.js';
import type { ArchivedDocument } from '../../wording/documents.js';
import { type ActOptions, consent, operatorOf } from '../consent.js';
import { endAs, fail, tellWhy, wrongUsage } from '../endings.js';
import { withRecords } from '../session.js';

type Parted = Awaited<ReturnType<Archiver['part']>>;
type ArchivedPart = Extract<Parted, { readonly value: unknown }>['value'];

interface ArchiveOptions extends Omit<ActOptions, 'dryRun'> {
  /** In milliseconds. */
  readonly olderThan?: number;
  /** Null: dropped. */
  readonly to?: { readonly folder: string | null };
  readonly apply?: true;
}

const SAY_WHERE =
  'Say which histories may leave and where to: --older-than and --to, or ARCHIVE_AFTER_DAYS and ARCHIVE_TO.';

/** `campusg-pay archive` */
export function archiveCommand(options: ArchiveOptions): Promise<number> {
  return withRecords(async (readSide, ending) => {
    const archive = archiveOf(options, readSide);
    if (archive === null) return wrongUsage(SAY_WHERE);
    const operator = await operatorOf(options, readSide.config);
    if (operator.isErr()) return operator.error;
    const archiver = readSide.archiver(archive, operator.value);
    const looked = await pass(archiver, { apply: false }, ending);
    if (looked.isErr()) return failed(looked.error);
    if (ending.aborted) return EXIT.interrupted;
    if (!options.apply || looked.value.proven === 0) return tellLooked(looked.value, options);
    const agreed = await consent(planFor(looked.value, archive), options, readSide.config);
    if (agreed.isErr()) return agreed.error;
    const details = { ...archive };
    const facts = { ...agreed.value, act: 'history.archive', payment: null, details };
    const done = await onRecord(readSide, facts, () => apply(archiver, ending));
    if (done.isErr()) return fail(done.error);
    const { code, ...told } = done.value;
    if (options.json) await printJson(told);
    else await print(`The histories of ${told.left.payments} payments left the database.`);
    return code;
  });
}

function archiveOf(
  { olderThan, to }: ArchiveOptions,
  { config }: Pick<ReadSide, 'config'>,
): ArchiveConfig | null {
  const afterMs = olderThan ?? config.archive?.afterMs;
  const folder = to === undefined ? config.archive?.folder : to.folder;
  return afterMs === undefined || folder === undefined ? null : { afterMs, folder };
}

type Totals = Pick<ArchivedPart, 'looked' | 'proven' | 'kept' | 'left'>;

const NOTHING: Totals = {
  looked: 0,
  proven: 0,
  kept: { open: 0, unproven: 0, found: 0, archived: 0 },
  left: { payments: 0, events: 0, operations: 0, webhooks: 0 },
};

/** Goes through all payments that are old enough, or until it is interrupted. */
async function pass(
  archiver: Archiver,
  { apply }: { readonly apply: boolean },
  ending: AbortSignal,
  onPart: (totals: Totals) => void = () => {},
): Promise<Result<Totals, ArchiveError>> {
  let totals = NOTHING;
  let after: ArchivedPart['next'] = null;
  do {
    const part: Parted = await archiver.part({ after, apply });
    if (part.isErr()) return err(part.error);
    totals = added(totals, part.value);
    onPart(totals);
    after = part.value.next;
  } while (after !== null && !ending.aborted);
  return ok(totals);
}

function added(one: Totals, other: Totals): Totals {
  const sum = <Counts extends Readonly<Record<string, number>>>(some: Counts, more: Counts) =>
    Object.fromEntries(Object.entries(some).map(([key, n]) => [key, n + (more[key] ?? 0)])) as {
      [Key in keyof Counts]: number;
    };
  return {
    looked: one.looked + other.looked,
    proven: one.proven + other.proven,
    kept: sum({ ...one.kept }, { ...other.kept }),
    left: sum({ ...one.left }, { ...other.left }),
  };
}

async function apply(archiver: Archiver, ending: AbortSignal) {
  let totals = NOTHING;
  const gone = await pass(archiver, { apply: true }, ending, (so) => {
    totals = so;
  });
  const told = (outcome: ArchivedDocument['outcome'], code: number) => {
    const { payments, events } = totals.left;
    const result = `the histories of ${payments} payments, ${events} events`;
    const recorded = outcome === 'fault' ? outcome : ('done' as const);
    return { outcome: recorded, result, value: { outcome, ...totals, code } };
  };
  if (gone.isErr()) return told('fault', toldWhy(gone.error));
  return ending.aborted ? told('interrupted', EXIT.interrupted) : told('done', EXIT.ok);
}

function planFor({ proven, looked }: Totals, { folder }: ArchiveConfig) {
  const question =
    folder === null
      ? `Drop the histories of ${proven} payments`
      : `Move the histories of ${proven} payments to ${folder}`;
  return {
    question,
    consequences: [
      `${question}, of ${looked} that are old enough: events, finished calls and webhooks.`,
      '  proven   each is over, and a run of reconciling agreed with it since it changed last.',
      '  stays    the payments themselves, refunds, transfers and debts; explain says where the rest went.',
      ...(folder === null ? ['  dropped  for good: nobody can tell them any more.'] : []),
    ],
    facts: { act: 'history.archive', proven, looked, folder },
  };
}

async function tellLooked(totals: Totals, options: ArchiveOptions): Promise<number> {
  const { looked, proven, kept } = totals;
  if (options.json) await printJson({ outcome: 'done', ...totals });
  else {
    await print([
      `${looked} payments are old enough.`,
      `  ${proven}  may leave: they are over, and a run of reconciling has agreed with them since`,
      `  ${kept.open}  stay: something is owed, waits, is disputed, or a person is to look`,
      `  ${kept.unproven}  stay: no finished run of reconciling has gone through them since they changed last`,
      `  ${kept.found}  stay: the latest run found something in them`,
      `  ${kept.archived}  left before`,
    ]);
  }
  if (!options.apply) tell('Nothing was done: --apply does it.');
  return EXIT.ok;
}

function failed(error: ArchiveError): Promise<number> {
  return error.type === 'ArchiveUnwritable' ? endAs(unwritable(error)) : fail(error);
}

function toldWhy(error: ArchiveError): number {
  if (error.type !== 'ArchiveUnwritable') return tellWhy(error);
  tell(unwritable(error).message);
  return EXIT.fault;
}

function unwritable({ folder, code }: Extract<ArchiveError, { type: 'ArchiveUnwritable' }>) {
  const message = `Nothing can be written to ${folder} (${code}), and what was not written stays where it was: make room, or give a folder that this user may write to.`;
  return { code: 'archive_unwritable', message, exit: EXIT.fault };
}
