/** What Stripe asks of amounts in one currency. All figures in minor units. */
export interface CurrencyRule {
  readonly exponent: 0 | 2 | 3;
  readonly minimumMinor: number;
  readonly maximumMinor: number;
  /** Amounts must be a multiple of this. */
  readonly multipleMinor: number;
}

// Source of all lists: Stripe, "Supported currencies" (docs.stripe.com/currencies), as of July 2026.
const PRESENTMENT = `
  AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BWP BYN BZD
  CAD CDF CHF CLP CNY COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ
  GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD
  LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
  PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL THB TJS TND TOP
  TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW`
  .trim()
  .split(/\s+/);

const ZERO_DECIMAL = new Set(
  'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'.split(' '),
);
const THREE_DECIMAL = new Set('BHD JOD KWD OMR TND'.split(' '));

/** Stripe wants the last digit of three-decimal amounts to be 0; ISK and UGX have no cents left. */
const MULTIPLES: Readonly<Record<string, number>> = {
  ...Object.fromEntries([...THREE_DECIMAL].map((code) => [code, 10])),
  ISK: 100,
  UGX: 100,
};

/** "Minimum charge amount by currency"; elsewhere Stripe applies the worth of 0.50 USD itself. */
const MINIMUMS: Readonly<Record<string, number>> = {
  AED: 200,
  ARS: 50,
  AUD: 50,
  BGN: 100,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  COP: 50,
  CZK: 1500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17500,
  IDR: 50,
  ILS: 50,
  INR: 50,
  JPY: 50,
  KRW: 50,
  MXN: 1000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PHP: 50,
  PLN: 200,
  RON: 200,
  RUB: 50,
  SEK: 300,
  SGD: 50,
  THB: 1000,
  USD: 50,
  ZAR: 50,
};

/**
 * How many digits of minor units an amount may have. The PaymentIntent's reference says eight for
 * all; the page names currencies that may have more, and since 2026 says that a card network may
 * take twelve in most. A network that takes less (American Express: nine) refuses by itself.
 */
const MAXIMUM_DIGITS: Readonly<Record<string, number>> = {
  COP: 10,
  HUF: 10,
  IDR: 12,
  INR: 9,
  JPY: 10,
  LBP: 11,
};
const USUAL_DIGITS = 8;

const RULES: ReadonlyMap<string, CurrencyRule> = new Map(
  PRESENTMENT.map((code) => {
    const multipleMinor = MULTIPLES[code] ?? 1;
    const rule: CurrencyRule = {
      exponent: ZERO_DECIMAL.has(code) ? 0 : THREE_DECIMAL.has(code) ? 3 : 2,
      minimumMinor: MINIMUMS[code] ?? multipleMinor,
      maximumMinor: 10 ** (MAXIMUM_DIGITS[code] ?? USUAL_DIGITS) - 1,
      multipleMinor,
    };
    return [code, rule];
  }),
);

/** The rule of an upper-case ISO code, or undefined when Stripe cannot charge in it. */
export function currencyRule(code: string): CurrencyRule | undefined {
  return RULES.get(code);
}

/** The largest amount that may be charged in any currency, in its minor units. */
export const LARGEST_CHARGE_MINOR = Math.max(
  ...Array.from(RULES.values(), ({ maximumMinor }) => maximumMinor),
);

/** Every currency that can be charged, upper case, in alphabetical order. */
export const CURRENCIES: readonly string[] = PRESENTMENT;
