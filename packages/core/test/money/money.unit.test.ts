import {
  CURRENCIES,
  type Currency,
  chargeLimits,
  exponentOf,
  formatMajor,
  LARGEST_CHARGE_MINOR,
  parseCharge,
  parseCurrency,
  parseMajor,
  sameMoney,
  toMajorNumber,
} from '@campusg-pay/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

// Not read by parseCurrency: what fails while a file is loaded fails no test.
const currencies = CURRENCIES.map((code) => code as Currency);
const anyCurrency = fc.constantFrom(...currencies);
const anyMinor = fc.maxSafeInteger();
/** Everything that may be charged at most; no limit of any currency is above. */
const chargeableMinor = fc.integer({ min: 0, max: LARGEST_CHARGE_MINOR });

describe('major units', () => {
  it('are written and read back without loss, in every currency', () => {
    fc.assert(
      fc.property(anyCurrency, anyMinor, (currency, amountMinor) => {
        const money = { amountMinor: amountMinor === 0 ? 0 : amountMinor, currency };
        const text = formatMajor(money);
        // Postgres never gives more than it was given, and we never ask for 16 digits.
        fc.pre(text.replace(/\..*|-/g, '').length <= 15);
        expect(parseMajor(text, currency)._unsafeUnwrap()).toEqual(money);
      }),
    );
  });

  it('have as many decimals as the currency', () => {
    fc.assert(
      fc.property(anyCurrency, anyMinor, (currency, amountMinor) => {
        const decimals = formatMajor({ amountMinor, currency }).split('.')[1]?.length ?? 0;
        expect(decimals).toBe(exponentOf(currency));
      }),
    );
  });

  it('as a JSON number print back as the same digits, for all that can be charged', () => {
    fc.assert(
      fc.property(anyCurrency, chargeableMinor, (currency, amountMinor) => {
        const money = { amountMinor, currency };
        const number = toMajorNumber(money);
        expect(number.toFixed(exponentOf(currency))).toBe(formatMajor(money));
        expect(parseMajor(JSON.stringify(number), currency)._unsafeUnwrap()).toEqual(money);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [829, 'USD', '8.29', 8.29],
    [1999, 'USD', '19.99', 19.99],
    [2098, 'USD', '20.98', 20.98],
    [5, 'USD', '0.05', 0.05],
    [-5, 'USD', '-0.05', -0.05],
    [500, 'JPY', '500', 500],
    [20_980, 'KWD', '20.980', 20.98],
    [1, 'KWD', '0.001', 0.001],
    [1100, 'ISK', '11.00', 11],
  ])('of %i minor units of %s are %s', (amountMinor, code, text, number) => {
    const money = { amountMinor, currency: currency(code) };
    expect(formatMajor(money)).toBe(text);
    expect(toMajorNumber(money)).toBe(number);
    expect(parseMajor(text, money.currency)._unsafeUnwrap()).toEqual(money);
  });

  it('may be written with more decimals as long as they are zero, as Postgres does', () => {
    const read = (text: string, code: string) => parseMajor(text, currency(code));
    expect(read('20.9800', 'USD')._unsafeUnwrap().amountMinor).toBe(2098);
    expect(read('500.00', 'JPY')._unsafeUnwrap().amountMinor).toBe(500);
    expect(read('20', 'KWD')._unsafeUnwrap().amountMinor).toBe(20_000);
    expect(read('-0.00', 'USD')._unsafeUnwrap().amountMinor).toBe(0);
  });

  it.each([
    '8.295',
    '500.5',
    '1e3',
    '',
    ' 1',
    '1,00',
    '.5',
    '5.',
    '+1',
    '--1',
    'NaN',
    '0x10',
    '99999999999999999999',
    '９',
    8.29,
    829,
    null,
    undefined,
    {},
    ['1'],
    true,
    829n,
  ])('of no currency are %s', (text) => {
    const error = { type: 'NotADecimal', value: text };
    expect(parseMajor(text, currency('JPY'))._unsafeUnwrapErr()).toEqual(error);
  });
});

describe('an amount', () => {
  it('that is too large to be exact in minor units is refused, not rounded', () => {
    const usd = currency('USD');
    expect(parseMajor('90071992547409.91', usd)._unsafeUnwrap().amountMinor).toBe(
      Number.MAX_SAFE_INTEGER,
    );
    const text = '90071992547409.92';
    expect(parseMajor(text, usd)._unsafeUnwrapErr()).toEqual({ type: 'NotADecimal', value: text });
  });

  it('in a currency that nobody has read is a bug, and says which', () => {
    const message = expect.stringContaining('XXX');
    expect(() => exponentOf('XXX' as Currency)).toThrow(expect.objectContaining({ message }));
  });
});

describe('a charge', () => {
  it('of every currency is accepted at its limits and refused one step beyond', () => {
    for (const one of currencies) {
      const { minimumMinor, maximumMinor } = chargeLimits(one);
      const step = stepOf(one);
      const largest = maximumMinor - (maximumMinor % step);
      expect(parseCharge(minimumMinor, one).isOk()).toBe(true);
      expect(parseCharge(largest, one).isOk()).toBe(true);
      const below = parseCharge(minimumMinor - 1, one)._unsafeUnwrapErr();
      expect(below).toEqual({ type: 'BelowMinimum', minimumMinor, currency: one });
      const above = parseCharge(maximumMinor + 1, one)._unsafeUnwrapErr();
      expect(above).toEqual({ type: 'AboveMaximum', maximumMinor, currency: one });
    }
  });

  it.each([
    ['USD', 99_999_999],
    ['EUR', 99_999_999],
    ['INR', 999_999_999],
    ['COP', 9_999_999_999],
    ['HUF', 9_999_999_999],
    ['JPY', 9_999_999_999],
    ['LBP', 99_999_999_999],
    ['IDR', 999_999_999_999],
  ])('of %s may be %i at most, and twelve digits are the most of all', (code, maximumMinor) => {
    expect(chargeLimits(currency(code))).toMatchObject({ maximumMinor });
    expect(LARGEST_CHARGE_MINOR).toBe(999_999_999_999);
  });

  it('keeps the amount as it was given, or refuses it', () => {
    fc.assert(
      fc.property(anyCurrency, anyMinor, (currency, amountMinor) => {
        const { minimumMinor, maximumMinor } = chargeLimits(currency);
        const fits = amountMinor >= minimumMinor && amountMinor <= maximumMinor;
        const money = parseCharge(amountMinor, currency);
        expect(money.isOk()).toBe(fits && amountMinor % stepOf(currency) === 0);
        if (money.isOk()) expect(money.value).toEqual({ amountMinor, currency });
      }),
    );
  });

  it.each([
    20.98,
    0.1 + 0.2,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    2 ** 53,
    '2098',
    '2098.0',
    null,
    undefined,
    true,
    [2098],
    { amount: 2098 },
    2098n,
    new Date(2098),
  ])('is never made of %s', (amount) => {
    const error = { type: 'NotAnInteger', value: amount };
    expect(parseCharge(amount, currency('USD'))._unsafeUnwrapErr()).toEqual(error);
  });

  it.each([0, -0, -1, -2098, 49])('of %i cents is below the minimum', (amountMinor) => {
    const error = parseCharge(amountMinor, currency('USD'))._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: 'BelowMinimum', minimumMinor: 50 });
  });

  it.each([
    ['KWD', 20_981, 10],
    ['ISK', 1150, 100],
    ['UGX', 1001, 100],
  ])('in %s of %i is not a multiple of what cards settle in', (code, amountMinor, step) => {
    const error = parseCharge(amountMinor, currency(code))._unsafeUnwrapErr();
    expect(error).toMatchObject({ type: 'NotAMultiple', multipleMinor: step });
  });

  it('in yen is not multiplied by a hundred', () => {
    const yen = parseCharge(500, currency('JPY'))._unsafeUnwrap();
    expect([yen.amountMinor, toMajorNumber(yen)]).toEqual([500, 500]);
  });
});

describe('a currency', () => {
  it('is read in any case and kept in upper case', () => {
    for (const code of CURRENCIES) {
      expect(parseCurrency(code.toLowerCase())._unsafeUnwrap()).toBe(code);
    }
    expect(parseCurrency('uSd')._unsafeUnwrap()).toBe('USD');
  });

  it.each([
    'XXX',
    'US',
    'USDT',
    '',
    ' usd',
    'usd ',
    'uſd',
    'ıdr',
    '$',
    'toString',
    '__proto__',
    null,
    undefined,
    840,
    {},
    ['USD'],
  ])('is not %s', (value) => {
    const error = { type: 'UnknownCurrency', value };
    expect(parseCurrency(value)._unsafeUnwrapErr()).toEqual(error);
  });

  it('is never the property of a JavaScript object by accident', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseCurrency(text).isOk()).toBe(CURRENCIES.includes(text.toUpperCase()));
      }),
    );
  });
});

describe('money', () => {
  it('is the same only in the same currency', () => {
    const one = { amountMinor: 500, currency: currency('USD') };
    expect(sameMoney(one, { ...one })).toBe(true);
    expect(sameMoney(one, { ...one, amountMinor: 501 })).toBe(false);
    expect(sameMoney(one, { ...one, currency: currency('EUR') })).toBe(false);
  });
});

function currency(code: string): Currency {
  return parseCurrency(code)._unsafeUnwrap();
}

function stepOf(one: Currency): number {
  if (one === 'ISK' || one === 'UGX') return 100;
  return exponentOf(one) === 3 ? 10 : 1;
}
