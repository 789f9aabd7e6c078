/**
 * What the sandbox keeps. Records are compact and never changed in place: a change puts a new
 * version. So an event or a remembered reply can hold the version it was about without a copy, and
 * a million payments fit in memory. The Stripe shape is made when somebody asks (`model/shapes.ts`).
 */
export interface Stored {
  readonly id: string;
  /** Unix seconds on the sandbox's clock. */
  readonly created: number;
  /** Position in its collection; given by the store, not persisted. */
  readonly seq: number;
}

export type Metadata = Readonly<Record<string, string>>;
