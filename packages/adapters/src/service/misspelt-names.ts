/** Set by nobody else; what begins so and is not known was meant for us. */
const OUR_PREFIXES = ['CAMPUSG_PAY_', 'HOLD_EXPIRY_', 'OPS_APPROVAL_'] as const;

/**
 * What a name that is not known was most likely meant to be; `ours`: its prefix is ours, but nothing
 * is like it; null: somebody else's.
 */
export function meantName(name: string, known: readonly string[]): string | 'ours' | null {
  const upper = name.toUpperCase();
  const like = known
    .map((one) => ({ one, typos: typosBetween(upper, one) }))
    .filter(({ one, typos }) => typos <= allowedTypos(one))
    .sort((a, b) => a.typos - b.typos);
  const [nearest] = like;
  if (nearest !== undefined) return nearest.one;
  return OUR_PREFIXES.some((prefix) => upper.startsWith(prefix)) ? 'ours' : null;
}

/** Short names have neighbours that mean something: POST is not PORT, DATABASE_SSL not DATABASE_URL. */
function allowedTypos(name: string): number {
  if (name.length < 6) return 0;
  return name.length < 14 ? 1 : 2;
}

/**
 * How many letters are too many, missing, wrong or swapped (Damerau and Levenshtein, each pair
 * swapped once); underscores do not count.
 */
function typosBetween(left: string, right: string): number {
  const [a, b] = [left.replaceAll('_', ''), right.replaceAll('_', '')];
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let [before, last]: [number[], number[]] = [[], Array.from(`${b} `, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
