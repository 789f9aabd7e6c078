import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { compileSql } from '../../src/postgres/connection/named-parameters.js';
import { bind, defineStatement } from '../../src/postgres/connection/statement.js';

describe('SQL with parameters by name', () => {
  it('numbers them in the order in which they come, each once', () => {
    const compiled = compileSql('select :b, :a where x = :b and y = any(:other_1)');
    expect(compiled).toEqual({
      text: 'select $1, $2 where x = $1 and y = any($3)',
      names: ['b', 'a', 'other_1'],
    });
    expectTypeOf(compiled.names).toEqualTypeOf<readonly ('a' | 'b' | 'other_1')[]>();
  });

  it('leaves all alone that only looks like one', () => {
    const sql = `
      select ':no' || 'it''s :no', "a:no", 1::text, :yes::text, a[1:2], a[lo : hi], $$ :no $$,
        $tag$ $$ :no $$ $tag$ -- :no, it's a comment
        /* :no, and "one more */
      from f(named := :also) -- :no`;
    const compiled = compileSql(`
      select ':no' || 'it''s :no', "a:no", 1::text, :yes::text, a[1:2], a[lo : hi], $$ :no $$,
        $tag$ $$ :no $$ $tag$ -- :no, it's a comment
        /* :no, and "one more */
      from f(named := :also) -- :no`);
    expectTypeOf(compiled.names).toEqualTypeOf<readonly ('yes' | 'also')[]>();
    expect(compiled.names).toEqual(['yes', 'also']);
    expect(compiled.text).toBe(sql.replace(':yes', '$1').replace(':also', '$2'));
  });

  it('has none where it needs none', () => {
    const compiled = compileSql('select 1');
    expect(compiled.names).toEqual([]);
    expectTypeOf(compiled.names).toEqualTypeOf<readonly never[]>();
  });

  it.each([
    ['a parameter by number', 'select $1', 'by number'],
    ['an escape string', String.raw`select E'\':no'`, 'escape string'],
    ['a slice between two names', 'select a[lo:hi]', 'array slice'],
    ['a string without an end', `select 'a`, 'not closed'],
    ['an identifier without an end', 'select "a', 'not closed'],
    ['a comment without an end', 'select /* :a', 'not closed'],
    ['a comment within a comment', 'select /* /* */ :a */ 1', 'within a comment'],
    ['a dollar quote without an end', 'select $x$ :a', 'not closed'],
  ])('refuses %s, which could be read in two ways', (_what, sql, why) => {
    expect(() => compileSql(sql)).toThrow(why);
  });

  const name = fc.stringMatching(/^[a-z_][A-Za-z0-9_]{0,8}$/);
  const plain = fc.stringMatching(/^[a-z0-9 (),=<>.*+/-]{0,12}$/).map((text) => ` ${text} `);
  const inert = fc.oneof(
    plain.filter((text) => !/--|\/\*/.test(text)),
    fc.string().map((text) => ` '${text.replaceAll("'", "''")}' `),
    fc.string().map((text) => ` "${text.replaceAll('"', '""')}" `),
    fc.stringMatching(/^[^\n]*$/).map((text) => ` --${text}\n`),
    fc.string().map((text) => ` /*${text.replaceAll(/[*/]/g, '')}*/ `),
    fc.string().map((text) => ` $q$${text.replaceAll('$', '')}$q$ `),
    name.map((type) => ` 1::${type} `),
    name.map((value) => ` x := ${value} `),
  );
  const piece = fc.oneof(
    inert.map((text) => ({ text, name: null })),
    name.map((word) => ({ text: ` :${word} `, name: word })),
  );

  it('comes back from its numbers, and nothing but names is touched', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const { text, names } = compileSql(pieces.map((part) => part.text).join(''));
        const expected = [...new Set(pieces.flatMap((part) => part.name ?? []))];
        expect(names).toEqual(expected);
        const numbered = pieces.map((part) =>
          part.name === null ? part.text : ` $${expected.indexOf(part.name) + 1} `,
        );
        expect(text).toBe(numbered.join(''));
      }),
    );
  });
});

describe('a statement', () => {
  const columns = 'id, size' as const;
  const things = `select ${columns} from things where id = :id` as const;
  const limited = defineStatement<{ id: number }>()({
    name: 'limited things',
    text: `${things} and size > :size limit :size`,
  });

  it('is bound to an object that has exactly the names of its text', () => {
    expect(bind(limited, { size: 2, id: null })).toEqual({
      name: 'limited things',
      text: 'select id, size from things where id = $1 and size > $2 limit $2',
      values: [null, 2],
    });
    // @ts-expect-error: a name is missing
    expect(() => bind(limited, { id: 1 })).toThrow('without size');
    // @ts-expect-error: nothing has this name
    bind(limited, { id: 1, size: 2, color: 3 });
    // @ts-expect-error: nothing is given at all
    expect(() => bind(limited)).toThrow('without id');
    expect(() => bind(limited, { id: 1, size: undefined })).toThrow('without size');
  });

  it('takes no values when it has no parameters', () => {
    const one = defineStatement()({ name: 'just one', text: 'select 1' });
    expect(bind(one).values).toEqual([]);
    // @ts-expect-error: there is nothing to give
    bind(one, { id: 1 });
  });

  it('needs a text that the compiler can read', () => {
    const fragment: string = 'where id = :id';
    // @ts-expect-error: nobody can tell which names are in the fragment
    defineStatement()({ name: 'of unknown names', text: `select 1 ${fragment}` });
    // @ts-expect-error: nor here
    defineStatement()({ name: 'of unknown text', text: fragment });
  });
});
