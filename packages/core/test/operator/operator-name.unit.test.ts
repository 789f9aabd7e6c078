import { describe, expect, it } from 'vitest';
import { isSamePerson, readOperatorName } from '../../src/operator/operator-name.js';

describe('the name of an operator', () => {
  it.each([
    ['alice', 'alice'],
    ['  Alice   Smith ', 'Alice Smith'],
    ['a\u0308rzte', '\u00e4rzte'],
    ['\uff41lice', 'alice'],
    ['Ali\u00a0Baba', 'Ali Baba'],
    ['\u0410\u043b\u0438\u0441\u0430', '\u0410\u043b\u0438\u0441\u0430'],
    ['\u5c71\u7530 Taro', '\u5c71\u7530 Taro'],
    ['\u0141ukasz \u015eahin', '\u0141ukasz \u015eahin'],
    ["o'neil@ops.example", "o'neil@ops.example"],
  ])('%j is kept as %j', (text, kept) => {
    expect(readOperatorName(text)._unsafeUnwrap()).toBe(kept);
  });

  it.each([
    ['', 'NameLength'],
    ['   ', 'NameLength'],
    ['x'.repeat(101), 'NameLength'],
    ['ali\u200bce', 'UnseenLetter'],
    ['alice\ufeff', 'UnseenLetter'],
    ['\u202ealice', 'UnseenLetter'],
    ['ali\u3164ce', 'UnseenLetter'],
    ['alice\n', 'UnseenLetter'],
    ['\u0430lice', 'OddLetter'],
    ['alic\u03b5', 'OddLetter'],
    ['\u0251lice', 'OddLetter'],
    ['\u1d00lice', 'OddLetter'],
    ['alice\u2010b', 'OddLetter'],
    ['op\u0661', 'OddLetter'],
  ])('%j is refused: %s', (text, type) => {
    expect(readOperatorName(text)._unsafeUnwrapErr().type).toBe(type);
  });

  it.each([
    ['alice', 'ALICE'],
    ['alice', ' alice '],
    ['alice', '\u0430lice'],
    ['alice', 'al\u0131ce'],
    ['alice', 'ali\u200bce'],
    ['alice', 'alic\u00e9'],
    ['alice', 'a1ice'],
    ['alice', '\uff21lice'],
    ['j.smith', 'J Smith'],
    ['cope', '\u0441\u043e\u0440\u0435'],
  ])('%j may be the same person as %j', (one, other) => {
    expect(isSamePerson(one, other)).toBe(true);
  });

  it.each([
    ['alice', 'bob'],
    ['alice', 'alicia'],
    ['night', 'day'],
  ])('%j is not %j', (one, other) => {
    expect(isSamePerson(one, other)).toBe(false);
  });
});
