/** Words that speak of money by themselves; each may have an s. */
const MONEY = words(`
  amount currency currencies fee tip tipped tipping gratuity gratuities price pricing cost total
  subtotal sum tax taxes vat duty discount discounted surcharge charge charged commission deposit
  payout payback cashback coupon voucher rebate bonus bonuses credit debit balance compensation
  capture captured capturing overcapture recapture refund refunded refunding chargeback
  transfer transferred transferring settlement cent penny pence dollar euro money monetary cash
  partial partially percent percentage portion fraction proration
`);

/** Words that such a word is joined with where nothing keeps them apart; each may have an s. */
const BESIDE = words(`
  platform application app service delivery runner driver courier customer user order payment
  merchant seller store item base net gross sub grand new old full final whole part remaining left
  min max minimum maximum minor major unit value rate code iso usd eur to of in for the is on by
  be data info group method type id before after reverse reversal extra requested allowed
  release revert return hold held authorize authorized authorization stripe destination
`);

/**
 * Whether the name of a field speaks of money: one of its words does. Words are kept apart by
 * capitals and signs (`tipAmount`, `platform_fee`, `order[total]`), or are found in a name without
 * any (`platformfee`), which must then be made of known words from its first letter to its last:
 * `coffee`, `multiple` and `feedback` only look alike.
 */
export function isMoneyName(name: string): boolean {
  if (/^(credit|debit)[^a-z]*card/i.test(name)) return false;
  const parts = name.normalize('NFKC').match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+/gu) ?? [];
  return (
    parts.some((part) => isMoneyRun(part.toLowerCase())) || isMoneyRun(parts.join('').toLowerCase())
  );
}

/** Whether letters without a gap are known words in a row, one of them of money. */
function isMoneyRun(letters: string): boolean {
  // For each length: no way to read the first letters, a way without money, or a way with it.
  const ways: (null | 'plain' | 'money')[] = ['plain'];
  for (let end = 1; end <= letters.length && end <= LONGEST_NAME; end += 1) {
    ways[end] = null;
    for (let begin = Math.max(0, end - LONGEST_WORD); begin < end; begin += 1) {
      const before = ways[begin] ?? null;
      if (before === null) continue;
      const word = letters.slice(begin, end);
      if (MONEY.has(word)) ways[end] = 'money';
      else if (BESIDE.has(word) && ways[end] === null) ways[end] = before;
      else if (BESIDE.has(word) && before === 'money') ways[end] = 'money';
    }
  }
  return ways[letters.length] === 'money';
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
