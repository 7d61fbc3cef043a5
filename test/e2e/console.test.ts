import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertBody } from '../../src/api/rest/contract/alerts.ts';
import { PASSWORD, RunningServer } from '../system/running-server.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM) || (process.env['SLUICE_MISSING_PARTS'] ?? '').includes('chromium');

/** The console in a real browser, over a real server with the demonstration in it. */
describe.skipIf(missing)('the console', () => {
  let server: RunningServer;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    server = await RunningServer.start({ SLUICE_DEMO: '1' });
    await server.printed('/events/SE-');
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en' });
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      // Asking who is signed in is answered 401 before the sign-in.
      if (message.type() === 'error' && !message.text().includes('401')) problems.push(message.text());
    });
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server.stop();
  });

  it('is served under a strict policy, compressed', async () => {
    const answer = await fetch(`${server.url}/overview`, { headers: { 'accept-encoding': 'gzip' } });
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(answer.headers.get('content-security-policy')).not.toContain("script-src 'self' 'unsafe-inline'");
    const script = /src="([^"]+\.js)"/.exec(await answer.text())?.[1] ?? '';
    const loaded = await fetch(`${server.url}${script}`, { headers: { 'accept-encoding': 'gzip' } });
    expect(loaded.headers.get('content-encoding')).toMatch(/gzip|br/);
  });

  it('refuses a wrong password and lets the owner in', async () => {
    await page.goto(server.url);
    await page.locator('input').first().fill('admin');
    await page.locator('input[type=password]').fill('wrong password');
    await page.keyboard.press('Enter');
    await page.locator('[role=alert], .error').first().waitFor();
    await page.locator('input[type=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
  });

  it('shows on the overview what comes in and what was found', async () => {
    await page.getByText('of 16 logstores on time').waitFor();
    await page.getByTestId('top-SE-1').waitFor();
    await page.getByTestId('top-SE-1').click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(page.url()).toContain('/events/SE-1');
  });

  it('leads from the chain of an event to the log behind a step, and from there into the search', async () => {
    await page.getByRole('tab', { name: /Evidence/ }).waitFor();
    await page.getByRole('tab', { name: /Timeline/ }).click();
    await page.getByText('StopLogging by alice from 203.0.113.66').first().click();
    await page.getByText('cloudtrail.amazonaws.com').first().waitFor();
    await page.getByTestId('open-in-search').click();
    await page.waitForURL(/\/search/);
    await page.getByText('StopLogging').first().waitFor();
  });

  it('acknowledges an alert and takes it back', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
    const newest = page.locator('[data-testid^="alert-"]').first();
    const id = (await newest.getAttribute('data-testid'))!.slice('alert-'.length);
    await newest.click();
    await page.getByTestId('acknowledge').click();
    const status = async (): Promise<string> => (await server.call<AlertBody>('GET', `/alerts/${id}`)).status;
    await expect.poll(status).toBe('acknowledged');
    await page.getByRole('button', { name: /Undo/ }).click();
    await expect.poll(status).toBe('new');
  });

  it('searches logs: a term, then SQL', async () => {
    await page.goto(`${server.url}/search?store=sec-prod/waf&q=${encodeURIComponent('* | select count(1) as logs')}`);
    await page.getByRole('button', { name: /Run/ }).click();
    await page.getByText('logs', { exact: true }).first().waitFor();
  });

  it('speaks Chinese', async () => {
    const chinese = await browser.newPage({ locale: 'zh-CN' });
    await chinese.goto(server.url);
    await chinese.locator('input[type=password]').waitFor();
    expect(await chinese.locator('html').getAttribute('lang')).toMatch(/^zh/);
    await chinese.close();
  });

  it('had no script error and nothing refused by the policy', () => {
    expect(problems).toEqual([]);
  });
});
