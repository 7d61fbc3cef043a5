import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { browserMissing, ConsoleBrowser } from './console-browser.ts';

/** Keys, people, what they did, and what is in force. */
describe.skipIf(browserMissing)('access, audit and settings in the console', () => {
  let server: RunningServer;
  let person: ConsoleBrowser;
  let keyId = '';

  beforeAll(async () => {
    server = await RunningServer.start();
    person = await ConsoleBrowser.open(server);
    await person.signIn();
  }, 240_000);

  afterAll(async () => {
    await person?.close();
    await server.stop();
  });

  it('shows the secret of a new access key once and masks it ever after', async () => {
    const { page } = person;
    await person.goto('/access');
    await page.getByText('There is no access key yet.').waitFor();
    await page.getByTestId('new-access').click();
    await page.getByLabel('Owner').fill('shipper');
    await page.keyboard.press('Enter');
    const card = page.getByTestId('shown-once');
    await card.waitFor();
    const values = await card.locator('.sl-secret > .grow').allTextContents();
    keyId = values[0] ?? '';
    const secret = values[1] ?? '';
    expect(secret.length).toBeGreaterThanOrEqual(20);
    await card.getByRole('button', { name: 'I have stored it' }).click();
    await page.getByRole('cell', { name: keyId, exact: true }).waitFor();
    await page.reload();
    await page.getByRole('cell', { name: keyId, exact: true }).waitFor();
    expect(await page.content()).not.toContain(secret);
    expect(await page.content()).not.toContain(ROOT_KEY.secret);
  });

  it('deletes a key only when its id was typed', async () => {
    const { page } = person;
    await page.getByRole('row', { name: keyId }).getByRole('button', { name: 'Delete' }).click();
    await page.getByTestId('confirm-word').fill('something else');
    expect(await page.getByTestId('confirm').isDisabled()).toBe(true);
    await person.confirm(keyId);
    await page.getByText('There is no access key yet.').waitFor();
  });

  it('makes a viewer, who signs in and is offered no more than that', async () => {
    const { page } = person;
    await person.goto('/access?tab=users');
    await page.getByTestId('new-access').click();
    await page.getByLabel('Name', { exact: true }).fill('reader');
    await page.locator('input[type=password]').fill('password-of-the-reader');
    await page.getByLabel('Role', { exact: true }).click();
    await page.getByTitle('Viewer', { exact: true }).click();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('cell', { name: 'RE reader' }).waitFor();
    const reader = await ConsoleBrowser.open(server, 'zh-CN');
    await reader.signIn('reader', 'password-of-the-reader');
    await reader.page.getByRole('link', { name: '日志库' }).waitFor();
    expect(await reader.page.getByRole('link', { name: '审计记录' }).count()).toBe(0);
    await reader.goto('/audit');
    await reader.page.getByText('您无权查看此内容。').first().waitFor();
    expect(reader.problems).toEqual([]);
    await reader.close();
  });

  it('filters the audit trail by actor and action, walks it by keys, and says when nothing is left', async () => {
    const { page } = person;
    await person.goto('/audit');
    await page.getByTestId('audit-chain').getByText('The chain holds').waitFor();
    await page.getByPlaceholder('Action').fill('access-key.create');
    await page.keyboard.press('Enter');
    const rows = page.getByRole('table', { name: 'Audit trail' }).locator('tbody tr');
    await expect.poll(() => rows.count()).toBe(1);
    await page.locator('h1').click();
    await page.keyboard.press('j');
    await page.getByRole('complementary', { name: 'Record' }).getByText('access-key.create').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByPlaceholder('Actor').fill('nobody-of-this-name');
    await page.keyboard.press('Enter');
    await page.getByText('No record has these filters.').waitFor();
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await expect.poll(() => rows.count()).toBeGreaterThan(3);
  });

  it('shows the settings in force and hides the secret ones', async () => {
    const { page } = person;
    await person.goto('/settings');
    await page.getByRole('cell', { name: 'adminPassword', exact: true }).waitFor();
    expect(await page.getByRole('row', { name: /adminPassword/ }).textContent()).toContain('hidden');
    await page.getByPlaceholder('Find a setting').fill('sls.port');
    await expect.poll(() => page.getByRole('table', { name: 'Settings' }).locator('tbody tr').count()).toBe(1);
    await page.getByText(String(server.slsPort)).waitFor();
  });

  it('had no script error and nothing refused by the policy', () => {
    expect(person.problems).toEqual([]);
  });
});
