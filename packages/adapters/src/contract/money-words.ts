/** Words of money that comes on top of an amount or off it; each may have an s. */
const EXTRA = words(`
  fee tip tipped tipping gratuity gratuities tax taxes vat duty discount discounted surcharge
  commission deposit cashback coupon voucher rebate bonus bonuses
`);

/** Other words that speak of money by themselves; each may have an s. */
const MONEY = words(`
  amount currency currencies price pricing cost total subtotal sum charge charged payout payback
  credit debit debt balance compensation capture captured capturing overcapture recapture refund
  refunded refunding chargeback transfer transferred transferring settlement cent penny pence
  dollar euro money monetary cash partial partially percent percentage portion fraction proration
`);

/** Words that such a word is joined with where nothing keeps them apart; each may have an s. */
const BESIDE = words(`
  platform application app service delivery runner driver courier customer user order payment
  merchant seller store item base net gross sub grand new old full final whole part remaining left
  min max minimum maximum minor major unit value rate code iso usd eur to of in for the is on by
  be data info group method type id before after reverse reversal extra requested allowed
  release revert return hold held authorize authorized authorization stripe destination
`);

/** `extra`: a tip, a fee and the like. `whole`: any other word of money. Null: no money at all. */
export type MoneyKind = 'extra' | 'whole' | null;

/**
 * Whether and how the name of a field speaks of money: one of its words does. Words are kept apart by
 * capitals and signs (`tipAmount`, `platform_fee`, `order[total]`), or are found in a name without
 * any (`platformfee`), which must then be made of known words from its first letter to its last:
 * `coffee`, `multiple` and `feedback` only look alike. A credit card is a card.
 */
export function moneyKindOf(name: string): MoneyKind {
  const known = KNOWN.get(name);
  if (known !== undefined) return known;
  const kind = readKind(name);
  if (KNOWN.size >= MOST_KNOWN) KNOWN.clear();
  if (name.length <= LONGEST_KNOWN) KNOWN.set(name, kind);
  return kind;
}

/** What was found out before: callers send the same few names all the time. */
const KNOWN = new Map<string, MoneyKind>();
const MOST_KNOWN = 1_000;
const LONGEST_KNOWN = 50;

function readKind(name: string): MoneyKind {
  if (/^(credit|debit)[^a-z]*card/i.test(name)) return null;
  const parts = name.normalize('NFKC').match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+/gu) ?? [];
  const kinds = [...parts, parts.join('')].map((part) => kindOfRun(part.toLowerCase()));
  return kinds.find((kind) => kind === 'extra') ?? kinds.find((kind) => kind === 'whole') ?? null;
}

/** A way to read the first letters of a run: no words of money yet, or of which kind. */
type Way = 'plain' | 'whole' | 'extra';

/** Reads letters without a gap as known words in a row, if that can be. */
function kindOfRun(letters: string): MoneyKind {
  const ways: (Way | null)[] = ['plain'];
  for (let end = 1; end <= letters.length && end <= LONGEST_NAME; end += 1) {
    let best: Way | null = null;
    for (let begin = Math.max(0, end - LONGEST_WORD); begin < end; begin += 1) {
      const before = ways[begin] ?? null;
      const word = before === null ? null : wayOf(letters.slice(begin, end));
      if (before !== null && word !== null) best = more(best, more(before, word));
    }
    ways[end] = best;
  }
  const way = ways[letters.length] ?? 'plain';
  return way === 'plain' ? null : way;
}

function wayOf(word: string): Way | null {
  if (EXTRA.has(word)) return 'extra';
  if (MONEY.has(word)) return 'whole';
  return BESIDE.has(word) ? 'plain' : null;
}

const RANK: readonly (Way | null)[] = [null, 'plain', 'whole', 'extra'];

function more(one: Way | null, other: Way): Way {
  return RANK.indexOf(one) > RANK.indexOf(other) && one !== null ? one : other;
}

const LONGEST_NAME = 200;
const LONGEST_WORD = 24;

function words(text: string): ReadonlySet<string> {
  return new Set(
    text
      .trim()
      .split(/\s+/)
      .flatMap((word) => [word, `${word}s`]),
  );
}
