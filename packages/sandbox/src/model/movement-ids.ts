/** The id of the movement that something made, e.g. `txn_3x` for `ch_3x`. */
export function movementId(source: string): string {
  return `txn_${source.slice(source.indexOf('_') + 1)}`;
}

/** The id of the movement by which the money of a failed refund came back. */
export function returnId(refund: string): string {
  // Longer than the others: no id that ends with the same letter can be it.
  return `${movementId(refund)}f`;
}
