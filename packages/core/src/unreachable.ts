/** Marks a place that types prove can't be reached; getting there anyway is a bug, and throws. */
export function unreachable(value: never): never {
  throw new Error(`bug: unhandled ${JSON.stringify(value)}`);
}
