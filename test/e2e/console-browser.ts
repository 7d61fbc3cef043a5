import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { PASSWORD, type RunningServer } from '../system/running-server.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Whether this machine has no browser, or the run was told so. */
export const browserMissing = !existsSync(CHROMIUM) || (process.env['SLUICE_MISSING_PARTS'] ?? '').includes('chromium');

/** A person at the console of a running server: Chromium with one page, and every error that its scripts or the content policy reported. */
export class ConsoleBrowser {
  readonly page: Page;
  /** Script errors, failed loads, and what the policy refused; a test ends with none. */
  readonly problems: string[] = [];
  readonly #browser: Browser;
  readonly #url: string;

  private constructor(browser: Browser, page: Page, url: string) {
    this.#browser = browser;
    this.page = page;
    this.#url = url;
  }

  static async open(server: Pick<RunningServer, 'url'>, language: 'en' | 'zh-CN' = 'en'): Promise<ConsoleBrowser> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: language,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const person = new ConsoleBrowser(browser, page, server.url);
    page.on('pageerror', (error) => person.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      // A refusal that the page shows is no defect of the page: the browser notes every answer of 4xx by itself.
      if (/status of 4\d\d/.test(message.text())) return;
      person.problems.push(message.text());
    });
    return person;
  }

  /** Opens a page by its address, as a bookmark does: nothing of another page is loaded before it. */
  async goto(path: string): Promise<void> {
    await this.page.goto(`${this.#url}${path}`);
  }

  async signIn(user = 'admin', password = PASSWORD): Promise<void> {
    await this.goto('/');
    await this.page.locator('input').first().fill(user);
    await this.page.locator('input[type=password]').fill(password);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.sl-shell').waitFor();
  }

  /** Types the word that an act without return asks for, and does it. */
  async confirm(word: string): Promise<void> {
    await this.page.getByTestId('confirm-word').fill(word);
    await this.page.getByTestId('confirm').click();
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }
}
