import { describe, expect, it } from 'vitest';
import { canonical, parseForm } from '../../src/api/form.js';

const plain = (text: string): unknown => JSON.parse(JSON.stringify(parseForm(text)));

describe('a form', () => {
  it.each([
    ['', {}],
    ['a=1&b=', { a: '1', b: '' }],
    ['a', { a: '' }],
    ['a=1=2', { a: '1=2' }],
    ['a+b=c+d%20e%2B', { 'a b': 'c d e+' }],
    ['a[b][c]=1&a[b][d]=2', { a: { b: { c: '1', d: '2' } } }],
    ['a[]=x&a[]=y', { a: { 0: 'x', 1: 'y' } }],
    ['a[0]=x&a[1]=y', { a: { 0: 'x', 1: 'y' } }],
    ['a%5Bb%5D=1', { a: { b: '1' } }],
    ['a=1&a=2', { a: '2' }],
    ['a=1&a[b]=2', { a: { b: '2' } }],
    ['a=%E2%82%AC&b=%zz', { a: '€', b: '%zz' }],
    ['[a]=1', { '[a]': '1' }],
  ])('%s is read as %j', (text, expected) => {
    expect(plain(text)).toEqual(expected);
  });

  it('means the same in another order, and something else with another value', () => {
    const one = canonical(parseForm('a=1&b[c]=2&b[d]=3'));
    expect(canonical(parseForm('b[d]=3&b[c]=2&a=1'))).toBe(one);
    expect(canonical(parseForm('a=1&b[c]=2&b[d]=4'))).not.toBe(one);
  });
});
