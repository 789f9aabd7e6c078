/** One page of a list. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** How many more there were that can't be read. */
  readonly unreadable: number;
  /** What to ask the next page with; null when this was the last one. */
  readonly next: string | null;
}
