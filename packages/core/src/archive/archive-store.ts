import type { Result } from 'neverthrow';
import type { Status } from '../payment/payment.js';
import type { DatabaseFault } from '../ports.js';

/** A payment whose history is to leave, as it was when that was decided. */
export interface Leaving {
  readonly paymentId: string;
  readonly revision: number;
  readonly version: number;
  readonly status: Status;
  /** The run of reconciling that proves it. */
  readonly provenBy: number;
}

/** All that leaves of one payment. Rows are as the tables have them. */
export interface HistoryOfPayment {
  readonly payment: object;
  readonly events: readonly object[];
  readonly operations: readonly object[];
  readonly webhooks: readonly { readonly id: string }[];
}

/** A file that lies in the archive, whole. */
export interface ArchiveFile {
  readonly file: string;
  /** Of the file as it lies there, in hex. */
  readonly sha256: string;
  readonly bytes: number;
}

/** Where a payment's history went, and up to which event. */
export interface ArchivedHistory {
  /** The history goes on after it. */
  readonly version: number;
  /** What the payment was by then. */
  readonly status: Status;
  readonly at: Date;
  /** Null: it was dropped. */
  readonly file: ArchiveFile | null;
}

/** Counts of rows. */
export interface LeftRows {
  readonly payments: number;
  readonly events: number;
  readonly operations: number;
  readonly webhooks: number;
}

/** Histories in the database, on their way out of it. */
export interface ArchiveStore {
  /** Those of these payments that still are as they were. */
  histories(
    leaving: readonly Leaving[],
  ): Promise<Result<readonly HistoryOfPayment[], DatabaseFault>>;
  /** Notes an archive; returns its number. */
  begin(archive: {
    readonly file: ArchiveFile | null;
    readonly payments: number;
    readonly at: Date;
    readonly by: string;
  }): Promise<Result<number, DatabaseFault>>;
  /**
   * Takes out what is in the archive, and notes where it went, as one. Payments that have changed since
   * keep theirs.
   */
  takeOut(of: {
    readonly archive: number;
    readonly leaving: readonly Leaving[];
    readonly webhooks: readonly string[];
  }): Promise<Result<LeftRows, DatabaseFault>>;
  ofPayment(paymentId: string): Promise<Result<ArchivedHistory | null, DatabaseFault>>;
}

/** The archive can't be written: the folder is missing, full or not ours. */
export interface ArchiveUnwritable {
  readonly type: 'ArchiveUnwritable';
  readonly folder: string;
  /** The system's code, such as `ENOSPC`. */
  readonly code: string;
}

/** Keeps histories outside of the database. */
export interface ArchiveWriter {
  /** Writes one file: it is there whole and on the disk, or not at all. */
  write(
    histories: AsyncIterable<Result<readonly HistoryOfPayment[], DatabaseFault>>,
  ): Promise<Result<ArchiveFile, DatabaseFault | ArchiveUnwritable>>;
}
