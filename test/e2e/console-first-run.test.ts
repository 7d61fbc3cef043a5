import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OverviewBody } from '../../src/api/rest/contract/overview.ts';
import { PASSWORD, RunningServer } from '../system/running-server.ts';
import { browserMissing, ConsoleBrowser } from './console-browser.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

/** What a newcomer does: nothing is there but the server. */
describe.skipIf(browserMissing)('the first run in the console', () => {
  let server: RunningServer;
  let person: ConsoleBrowser;

  beforeAll(async () => {
    server = await RunningServer.start();
    person = await ConsoleBrowser.open(server);
    await person.signIn();
  }, 240_000);

  afterAll(async () => {
    await person?.close();
    await server.stop();
  });

  it('guides to the first log instead of showing an empty overview', async () => {
    await person.page.getByText('No log yet. Three ways to get the first one.').waitFor();
    await person.page.getByTestId('listening').getByText('0 logs received').waitFor();
    expect(await person.page.getByText('Ingest now').count()).toBe(0);
    expect(await person.page.getByText(server.endpoint).count()).toBeGreaterThan(0);
  });

  it('makes a place and a key, and the command it then shows sends a log as it stands', async () => {
    await person.page.getByTestId('make-place').click();
    await person.page.getByTestId('shown-once').waitFor();
    await person.page.getByRole('button', { name: 'Copy', exact: true }).click();
    const command = await person.page.evaluate<string>('navigator.clipboard.readText()');
    expect(command).toContain(`SLS_ENDPOINT=${server.endpoint}`);
    // `npx sluice` of a clone is this file, run by the Node of the clone.
    const { stderr } = await run('bash', ['-c', command.replace('npx sluice', `'${process.execPath}' bin/sluice.mjs`)], { cwd: ROOT });
    expect(stderr).toContain('1 logs');
    await person.page.getByText('Ingest now').waitFor();
    const { logstores } = await server.call<OverviewBody>('GET', '/overview');
    expect(logstores.filter((store) => store.newestAt !== null).map((store) => `${store.project}/${store.logstore}`)).toEqual([
      'first-logs/app',
    ]);
  });

  it('changes the own password: a wrong current one is refused in place, the new one signs in', async () => {
    const next = 'another-password-of-the-test';
    await person.goto('/account');
    const fields = person.page.locator('input[type=password]');
    await fields.nth(0).fill('not the password');
    await fields.nth(1).fill(next);
    await fields.nth(2).fill(`${next}!`);
    await person.page.getByText('The two new passwords differ.').waitFor();
    await fields.nth(2).fill(next);
    await person.page.getByTestId('change-password').click();
    await person.page.getByText('The current password is wrong.').waitFor();
    await fields.nth(0).fill(PASSWORD);
    await person.page.getByTestId('change-password').click();
    await person.page.getByText('The password is changed').waitFor();
    // The session goes on under its new token: a change made with it is accepted.
    await person.goto('/stores');
    await person.page.getByTestId('new-project').click();
    await person.page.getByLabel('Name').fill('after-change');
    await person.page.keyboard.press('Enter');
    await person.page.getByRole('heading', { name: 'after-change' }).waitFor();
    const other = await ConsoleBrowser.open(server);
    await other.signIn('admin', next);
    await other.close();
  });

  it('loads the demonstration on request', async () => {
    await person.goto('/start');
    await person.page.getByTestId('load-demo').click();
    await person.page.getByText(/logs sent\. Alerts and the security event follow/).waitFor({ timeout: 120_000 });
    await person.page.getByTestId('load-demo').click();
    await person.page.getByText(/The demonstration is here already/).waitFor();
  }, 180_000);

  it('had no script error and nothing refused by the policy', () => {
    expect(person.problems).toEqual([]);
  });
});
