import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { asyncApiDocument } from '../../../../scripts/asyncapi.js';
import { COMMANDS, EVENTS } from './fixtures.js';

const file = new URL('../../../../docs/asyncapi.yaml', import.meta.url);
const text = readFileSync(file, 'utf8');

describe('the AsyncAPI document', async () => {
  const { document, diagnostics } = await new Parser().parse(text);

  it('is valid by the specification, without a complaint', () => {
    expect(diagnostics.map(({ message, path }) => `${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.1.0');
  });

  it('is the one that is made from the schemas; after a change run pnpm docs:write', () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
    );
    const made = stringify(asyncApiDocument(version), {
      lineWidth: 120,
      aliasDuplicateObjects: false,
    });
    expect(text).toBe(made);
  });

  it('describes every message that the fixtures hold, in both directions', () => {
    const names = document
      ?.allMessages()
      .all()
      .map((message) => message.name());
    const sent = EVENTS.map(({ message }) => message.value.type);
    const taken = COMMANDS.map(({ message }) => message.type);
    expect(new Set(names)).toEqual(new Set([...sent, ...taken]));
  });
});
