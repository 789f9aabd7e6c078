import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/service/env-file.js';

const read = (text: string) => {
  const { values, problems } = parseEnvFile(text);
  return { values: Object.fromEntries(values), problems };
};

describe('a .env file', () => {
  it.each([
    ['A=1', '1'],
    ['A=1\r\nB=2\r\n', '1'],
    ['\uFEFFA=1', '1'],
    ['  export A = 1  ', '1'],
    ['A=1 # why', '1'],
    ['A=1\t#why', '1'],
    ['A=', ''],
    ['A= # filled in later', ''],
    ["A='one # two $three \\n'", 'one # two $three \\n'],
    ['A="one # two" # why', 'one # two'],
    ['A=\'it is "so"\'', 'it is "so"'],
    ['A="one\\ntwo"', 'one\ntwo'],
    ['A="one\ntwo"\nB=3', 'one\ntwo'],
    ['# a comment\n\n   \nA=1', '1'],
    ['A=\nA=1', '1'],
    ['A=1\nA=1', '1'],
    ['A=postgres://u:p@h/d?x=y', 'postgres://u:p@h/d?x=y'],
    ['A=a"b', 'a"b'],
  ])('%j sets A to %j', (text, value) => {
    expect(read(text)).toMatchObject({ values: { A: value }, problems: [] });
  });

  it('goes on behind a value of several lines, and counts them', () => {
    const { values, problems } = read(`A='1\n2\n3'\nB=4\nwhat\n`);
    expect(values).toEqual({ A: '1\n2\n3', B: '4' });
    expect(problems).toEqual(['line 5 must be NAME=value, or begin with #']);
  });

  it.each([
    ['hunter2', 'line 1 must be NAME=value'],
    ['=hunter2', 'line 1 must be NAME=value'],
    ['A B=hunter2', 'line 1 must be NAME=value'],
    ['A: hunter2', 'line 1 must be NAME=value'],
    ['\nA="hunter2', 'line 2 opens a quote in A'],
    ['A="hunter2"hunter2', 'line 1 has something behind the quote that closes A'],
    ['A=hunter2#', 'line 1 must have the value of A in single quotes'],
    ['A=#hunter2', 'line 1 must have the value of A in single quotes'],
    ['A=hunter2$x', 'line 1 must have the value of A in single quotes'],
    ['A="hunter2$x"', 'line 1 must have the value of A in single quotes'],
    ['A="hunter2\\t"', 'line 1 must have the value of A in single quotes'],
    ['A=`hunter2`', 'line 1 must have the value of A in single quotes'],
    ['A=1\nA=hunter2', 'line 2 sets A again'],
  ])('%j is refused by its line, and its value not told', (text, start) => {
    const { problems } = read(text);
    expect(problems).toEqual([expect.stringContaining(start)]);
    expect(problems.join()).not.toContain('hunter2');
  });
});
