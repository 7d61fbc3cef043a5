import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IndexConfigAnswer } from '../../src/api/rest/contract/logstores.ts';
import { RunningServer } from '../system/running-server.ts';
import { browserMissing, ConsoleBrowser } from './console-browser.ts';

/** Where logs are kept, who reads them, and what moves them. */
describe.skipIf(browserMissing)('stores, consumer groups, jobs and rules in the console', () => {
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

  it('makes a project and a logstore, and an index with a JSON key and an inner key', async () => {
    const { page } = person;
    await person.goto('/stores');
    await page.getByText('There is no project yet.').waitFor();
    await page.getByTestId('new-project').click();
    await page.getByLabel('Name').fill('made-here');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'New logstore' }).click();
    await page.getByLabel('Name').fill('app');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Make an index' }).click();
    await page.getByRole('button', { name: 'Add key' }).click();
    await page.getByPlaceholder('Key', { exact: true }).fill('request');
    await page.getByRole('combobox', { name: 'request Type' }).click();
    await page.getByTitle('json', { exact: true }).click();
    await page.getByRole('button', { name: 'Add inner key' }).click();
    await page.getByRole('textbox', { name: 'request Path' }).fill('headers.host');
    await page.getByTestId('save-index').click();
    await page.getByText('Index saved').waitFor();
    const { index } = await server.call<{ index: IndexConfigAnswer }>('GET', '/projects/made-here/logstores/app/index');
    expect(index.keys['request']).toMatchObject({ type: 'json', jsonKeys: { 'headers.host': { type: 'text', docValue: true } } });
  });

  it('refuses a second project of the same name where it was typed', async () => {
    const { page } = person;
    await person.goto('/stores');
    await page.getByTestId('new-project').click();
    await page.getByLabel('Name').fill('made-here');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('request.conflict').waitFor();
  });

  it('moves the checkpoints of a consumer group only when its name was typed', async () => {
    const { page } = person;
    await person.goto('/consumer-groups');
    await page.getByText('No consumer group reads a logstore here.').waitFor();
    await server.call('POST', '/projects/made-here/logstores/app/consumer-groups', { name: 'readers' });
    await page.reload();
    await page.getByRole('cell', { name: 'readers' }).click();
    await page.getByTestId('reset-group').click();
    await page.getByTestId('confirm-word').fill('reader');
    expect(await page.getByTestId('confirm').isDisabled()).toBe(true);
    await person.confirm('readers');
    await page.getByText('Checkpoints moved').waitFor();
    const group = await server.call<{ shards: { checkpoint: string | null }[] }>(
      'GET',
      '/projects/made-here/logstores/app/consumer-groups/readers',
    );
    expect(group.shards.every(({ checkpoint }) => checkpoint !== null)).toBe(true);
  });

  it('stops a job and starts it again', async () => {
    const { page } = person;
    await person.goto('/jobs');
    const row = page.getByRole('row', { name: /stream:trim/ });
    await row.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('tooltip').getByRole('button', { name: 'Stop' }).click();
    await row.getByText('stopped').waitFor();
    await page.getByTestId('restart-stream:trim').click();
    await row.getByText('running').waitFor();
  });

  it('switches a detection rule by key and takes it back, and tests one over typed events', async () => {
    const { page } = person;
    await person.goto('/rules?q=Risky+sign-in');
    await page.getByRole('cell', { name: 'Risky sign-in' }).waitFor();
    await page.locator('h1').click();
    await page.keyboard.press('j');
    const panel = page.getByRole('complementary', { name: 'Rule' });
    await panel.getByRole('tab', { name: 'Test' }).waitFor();
    const toggle = page.getByRole('table', { name: 'Detection rules' }).getByRole('switch');
    await page.keyboard.press('x');
    await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('false');
    await page.keyboard.press('z');
    await expect.poll(() => toggle.getAttribute('aria-checked')).toBe('true');
    await panel.getByRole('tab', { name: 'Test' }).click();
    await panel.getByText('Events typed here').click();
    const events = panel.getByPlaceholder('A JSON list of standardized events');
    await events.fill('[1]');
    await panel.getByTestId('run-test').click();
    await panel.getByText('This is not a JSON list of objects').waitFor();
    await events.fill('[{"class_uid": 3002, "time": 1764259200000, "activity_id": 1}]');
    await panel.getByTestId('run-test').click();
    await panel.getByText('The rule matches none of them.').waitFor();
  });

  it('refuses a rule that is none with the reason, and finds nothing by a name that no rule has', async () => {
    const { page } = person;
    await person.goto('/rules?open=new');
    await page.getByTestId('rule-text').fill('title: no rule');
    await page.getByTestId('add-rule').click();
    await page.getByRole('alert').first().waitFor();
    await person.goto('/rules?q=no-rule-of-this-name');
    await page.getByText('No rule has these filters.').waitFor();
  });

  it('tests a standardization rule with one of its own samples', async () => {
    const { page } = person;
    await person.goto('/standardization-rules');
    await page.getByRole('cell', { name: 'API calls and console operations of ActionTrail' }).click();
    const panel = page.getByRole('complementary', { name: 'Rule' });
    await panel.getByRole('tab', { name: /Samples/ }).click();
    await panel.getByRole('button', { name: 'Test with it' }).first().click();
    await panel.getByTestId('run-test').click();
    await panel.getByText(/^1 of 1 became events/).waitFor();
    await panel.getByText('"class_uid": 6003').waitFor();
  });

  it('had no script error and nothing refused by the policy', () => {
    expect(person.problems).toEqual([]);
  });
});
