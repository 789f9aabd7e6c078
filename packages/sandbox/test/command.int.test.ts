import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../src/flags.js';
import { runSandbox, serveSandbox } from './process.js';
import { clientOf, hold, newFolder, openReceiver, openSandbox, WEBHOOK_SECRET } from './support.js';

const CLOCK = '--clock must be an ISO 8601 date and time with Z or an offset, 1970 or later';

describe('campusg-pay-sandbox', () => {
  it('serves at the address that it prints, and ends when it is interrupted', async () => {
    const { url, stop } = await serveSandbox(['--port', '0']);
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(await hold(clientOf(url))).toMatchObject({ status: 'requires_capture' });
    expect(await stop()).toEqual({ code: 0, stdout: `{"url":"${url}"}\n`, stderr: '' });
  });

  it('obeys its flags', async () => {
    const receiver = await openReceiver();
    const connected = await openReceiver('whsec_connect');
    const file = join(await newFolder(), 'state.jsonl');
    const { url, stop } = await serveSandbox([
      '--port=0',
      '--host=127.0.0.1',
      `--data=${file}`,
      `--webhook-url=${receiver.url}`,
      `--webhook-secret=${WEBHOOK_SECRET}`,
      `--connect-webhook-url=${connected.url}`,
      '--connect-webhook-secret=whsec_connect',
      '--secret-key=sk_test_mine',
      '--public-url=https://pay.campus.example/',
      '--clock=2031-05-06T07:08:09+02:00',
    ]);
    const stripe = clientOf(url, 'sk_test_mine');
    const payment_method = 'pm_card_threeDSecure2Required';
    const asked = await hold(stripe, { payment_method });
    const begun = Date.parse('2031-05-06T05:08:09Z') / 1000;
    expect(asked.created).toBeGreaterThanOrEqual(begun);
    expect(asked.created).toBeLessThan(begun + 60);
    expect(JSON.stringify(asked.next_action)).toContain('"https://pay.campus.example/3ds/pi_');
    await expect(hold(clientOf(url, 'sk_test_other'))).rejects.toThrow('Invalid API Key');
    const { id } = await stripe.accounts.create({ type: 'express' });
    await stripe.accounts.update(id, { metadata: { runner: '7' } });
    await expect.poll(() => [receiver.events.length, connected.events.length]).toEqual([2, 1]);
    expect((await stop()).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain(asked.id);
  });

  it('keeps where its clock began, even when it is killed at once', async () => {
    const dataFile = join(await newFolder(), 'state.jsonl');
    const flags = ['--port=0', `--data=${dataFile}`, '--clock=2040-01-01T00:00:00Z'];
    const { child } = await serveSandbox(flags);
    child.kill('SIGKILL');
    await once(child, 'close');
    const { sandbox } = await openSandbox({ dataFile });
    expect(sandbox.clock.now().toISOString()).toMatch(/^2040-01-01T00:0/);
  });

  it('warns on stderr', async () => {
    const { url, stop } = await serveSandbox(['--port', '0']);
    const headers = { Authorization: 'Bearer sk_test_x', 'Stripe-Version': '2020-08-27' };
    await fetch(`${url}/v1/customers`, { headers });
    await fetch(`${url}/v1/customers`, { headers });
    expect((await stop()).stderr).toBe(
      'sandbox: a client asks for Stripe API version 2020-08-27; the sandbox answers in the shapes of 2026-10-28.endive\n',
    );
  });

  it('shows its flags and its version', async () => {
    const help = await runSandbox('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/--port <number> .*--data <file> .*--clock <time> /s);
    const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { version: string };
    expect(await runSandbox('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['--prot', '1'], '--prot is not a flag of campusg-pay-sandbox'],
    [['--port', 'http'], "--port must be a whole number from 0 to 65535, not 'http'"],
    [['--clock', 'tomorrow'], `${CLOCK}, such as 2027-01-01T09:00:00Z, not 'tomorrow'`],
    [['--webhook-url', 'nowhere'], "--webhook-url must be an http or https URL, not 'nowhere'"],
    [['--webhook-secret', 's'], '--webhook-secret must come with --webhook-url'],
  ])('ends with 2 for %j: %s', async (flags, sentence) => {
    const { code, stdout, stderr } = await runSandbox(...flags);
    expect(stderr).toContain(`sandbox: ${sentence}`);
    expect(stderr).toMatch(/\. See campusg-pay-sandbox --help\.\n$/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('does not repeat a key that does not belong here', async () => {
    const { code, stderr } = await runSandbox('--secret-key', 'sk_live_abcdefghijklmnop');
    expect(code).toBe(2);
    expect(stderr).not.toContain('abcdef');
  });

  it('says that the port is taken, or the data damaged', async () => {
    const { sandbox } = await openSandbox();
    const { port } = new URL(sandbox.url);
    const taken = await runSandbox('--port', port);
    expect(taken).toEqual({
      code: 1,
      stdout: '',
      stderr: `sandbox: port ${port} of 127.0.0.1 is taken; choose another with --port\n`,
    });
    const file = join(await newFolder(), 'state.jsonl');
    await writeFile(file, '[broken\n');
    const { code, stderr } = await runSandbox('--port', '0', '--data', file);
    expect(code).toBe(1);
    expect(stderr).toBe(`sandbox: The sandbox's data file ${file} is damaged at line 1\n`);
  });
});

describe('a flag', () => {
  it.each([
    [['--prot', '1'], '--prot is not a flag of campusg-pay-sandbox'],
    [['--data-file', 'x'], '--data-file is not a flag of campusg-pay-sandbox'],
    [['-p', '1'], '-p is not a flag of campusg-pay-sandbox'],
    [['serve'], "'serve' is not expected here"],
    [['--port'], '--port must be followed by a value: --port <number>'],
    [['--data', '--port', '1'], '--data must be followed by a value: --data <file>'],
    [['--port', '1', '--port', '2'], '--port must be given only once'],
    [['--help=yes'], '--help must stand alone'],
    [['--port', 'http'], "--port must be a whole number from 0 to 65535, not 'http'"],
    [['--port', '-1'], "--port must be a whole number from 0 to 65535, not '-1'"],
    [['--port', '65536'], "--port must be a whole number from 0 to 65535, not '65536'"],
    [['--port', '0x10'], "--port must be a whole number from 0 to 65535, not '0x10'"],
    [['--port', ''], "--port must be a whole number from 0 to 65535, not ''"],
    [['--host', 'http://x'], "--host must be a host name or an address, not 'http://x'"],
    [['--data', ''], "--data must name a file, not ''"],
    [['--clock', 'tomorrow'], `${CLOCK}, such as 2027-01-01T09:00:00Z, not 'tomorrow'`],
    [['--clock', '2027-01-01'], CLOCK],
    [['--clock', '2027-01-01T09:00:00'], CLOCK],
    [['--clock', '2027-02-30T09:00:00Z'], CLOCK],
    [['--clock', '2027-01-01T25:00:00Z'], CLOCK],
    [['--clock', '1969-12-31T23:59:59Z'], CLOCK],
    [['--clock', '1767225600'], CLOCK],
    [['--public-url', 'ftp://x'], "--public-url must be an http or https URL, not 'ftp://x'"],
    [['--webhook-url', 'nowhere'], "--webhook-url must be an http or https URL, not 'nowhere'"],
    [['--webhook-url', 'http://x'], '--webhook-url must come with --webhook-secret'],
    [['--webhook-secret', 's'], '--webhook-secret must come with --webhook-url'],
    [['--webhook-secret', ''], '--webhook-secret must not be empty'],
    [['--connect-webhook-url', 'x'], "--connect-webhook-url must be an http or https URL, not 'x'"],
    [['--connect-webhook-secret', 's'], 'must come together'],
    [
      ['--connect-webhook-url', 'http://x', '--connect-webhook-secret', 's'],
      '--connect-webhook-url must come with --webhook-url',
    ],
    [['--secret-key', 'pk_test_x'], '--secret-key must be sk_test_ or rk_test_'],
  ])('of %j is refused: %s', (args, sentence) => {
    expect(readFlags(args)._unsafeUnwrapErr()).toContain(sentence);
  });

  it.each([
    ['2027-01-01T09:00:00Z', '2027-01-01T09:00:00.000Z'],
    ['2027-01-01T09:00:00.250+05:30', '2027-01-01T03:30:00.250Z'],
    ['2028-02-29T23:30-01:00', '2028-03-01T00:30:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('--clock understands %s', (text, instant) => {
    const command = readFlags(['--clock', text])._unsafeUnwrap();
    expect(command).toMatchObject({ kind: 'serve', options: { startAt: new Date(instant) } });
  });

  it('is not needed', () => {
    expect(readFlags([])._unsafeUnwrap()).toEqual({ kind: 'serve', options: { port: 12111 } });
  });
});
