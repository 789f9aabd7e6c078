/** A node of a plan, as `explain (format json)` tells it. */
export interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Filter?: string;
  readonly Plans?: readonly Plan[];
}

/**
 * What a plan reads from one end to the other, each once: `table payments` where it goes through a table,
 * `index payments_pkey` where it goes through an index without a place to begin or to stop.
 */
export function readsWhole(plan: Plan, isLimited = false): readonly string[] {
  const type = plan['Node Type'];
  const { 'Relation Name': table, 'Index Name': index } = plan;
  const own: string[] = [];
  // The first rows there are, whichever: no more is read than is wanted.
  const isFirst = isLimited && plan.Filter === undefined;
  if (type === 'Seq Scan' && table !== undefined && !isFirst) own.push(`table ${table}`);
  const isWalk = /^(Bitmap )?Index/.test(type) && plan['Index Cond'] === undefined;
  if (isWalk && index !== undefined && !isLimited) own.push(`index ${index}`);
  // Whoever sorts or adds up reads all that is below before a limit counts.
  const isBelow = type === 'Limit' || (isLimited && !/Sort|Aggregate|Hash|Group/.test(type));
  const below = (plan.Plans ?? []).flatMap((one) => readsWhole(one, isBelow));
  return [...new Set([...own, ...below])];
}
