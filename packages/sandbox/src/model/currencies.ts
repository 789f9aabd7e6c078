/** Presentment currencies of Stripe; all lists are from docs.stripe.com/currencies, July 2026. */
export const PRESENTMENT_CURRENCIES: readonly string[] = (
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn ' +
  'bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf ' +
  'gtq gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp ' +
  'lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr ' +
  'pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb ' +
  'tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'
).split(' ');

const KNOWN = new Set(PRESENTMENT_CURRENCIES);
const ZERO_DECIMAL = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);
const THREE_DECIMAL = new Set('bhd jod kwd omr tnd'.split(' '));

/** Written with two decimals that are always 00: Stripe charges no parts of them. */
const WHOLE_ONLY = new Set(['isk', 'ugx']);

/** Smallest charge, in minor units. Stripe converts for currencies that it does not list. */
const MINIMUM: Readonly<Record<string, number>> = {
  usd: 50,
  aed: 200,
  ars: 50,
  aud: 50,
  bgn: 100,
  brl: 50,
  cad: 50,
  chf: 50,
  cop: 50,
  czk: 1500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17500,
  idr: 50,
  ils: 50,
  inr: 50,
  jpy: 50,
  krw: 50,
  mxn: 1000,
  myr: 200,
  nok: 300,
  nzd: 50,
  php: 50,
  pln: 200,
  ron: 200,
  rub: 50,
  sek: 300,
  sgd: 50,
  thb: 1000,
  zar: 50,
};

/** How many digits an amount may have where it is not eight. */
const DIGITS: Readonly<Record<string, number>> = {
  cop: 10,
  huf: 10,
  idr: 12,
  inr: 9,
  jpy: 10,
  lbp: 11,
};

export function isCurrency(code: string): boolean {
  return KNOWN.has(code);
}

/** Smallest amount Stripe charges in this currency, in minor units; 1 where Stripe lists none. */
function minimumMinor(currency: string): number {
  return MINIMUM[currency] ?? 1;
}

/** Largest amount Stripe charges in this currency, in minor units. */
export function maximumMinor(currency: string): number {
  return 10 ** (DIGITS[currency] ?? 8) - 1;
}

/** Stripe takes three-decimal amounts only in steps of ten, and of ISK and UGX only whole ones. */
function stepMinor(currency: string): number {
  if (WHOLE_ONLY.has(currency)) return 100;
  return THREE_DECIMAL.has(currency) ? 10 : 1;
}

/** An amount for a message: `$20.00` in dollars, `20.00 eur` in others. */
export function formatMinor(amount: number, currency: string): string {
  const digits = ZERO_DECIMAL.has(currency) ? 0 : THREE_DECIMAL.has(currency) ? 3 : 2;
  const text = String(amount).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, ',');
  const major = digits === 0 ? whole : `${whole}.${text.slice(-digits)}`;
  return currency === 'usd' ? `$${major}` : `${major} ${currency}`;
}

/** What Stripe has against charging so much, as its error says it. */
export function amountProblem(
  amount: number,
  currency: string,
): { readonly message: string; readonly code: string } | undefined {
  const [minimum, maximum] = [minimumMinor(currency), maximumMinor(currency)];
  const step = stepMinor(currency);
  if (amount < 1) {
    const message = 'This value must be greater than or equal to 1.';
    return { message, code: 'parameter_invalid_integer' };
  }
  if (amount < minimum) {
    const message = `Amount must be at least ${formatMinor(minimum, currency)}`;
    const name = currency === 'usd' ? ' usd' : '';
    return { message: `${message}${name}`, code: 'amount_too_small' };
  }
  if (amount > maximum) {
    const message = `Amount must be no more than ${formatMinor(maximum, currency)}`;
    return { message, code: 'amount_too_large' };
  }
  if (amount % step !== 0) {
    const message = `Amounts in ${currency} must be a multiple of ${step}`;
    return { message, code: 'parameter_invalid_integer' };
  }
  return undefined;
}
