import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningServer } from '../system/running-server.ts';
import { browserMissing, ConsoleBrowser } from './console-browser.ts';

/** Every page that shows no single thing: address, heading in English, heading in Chinese. */
const PAGES = [
  ['/overview', 'Overview', '总览'],
  ['/start', 'First log', '第一条日志'],
  ['/search?store=pages/app', 'Log search', '日志查询'],
  ['/events', 'Security events', '安全事件'],
  ['/alerts', 'Alerts', '告警'],
  ['/rules', 'Detection rules', '检测规则'],
  ['/standardization-rules', 'Standardization', '标准化规则'],
  ['/stores', 'Stores', '日志库'],
  ['/stores/pages/app', 'app', 'app'],
  ['/consumer-groups', 'Consumer groups', '消费组'],
  ['/jobs', 'Pipeline jobs', '流水线任务'],
  ['/audit', 'Audit trail', '审计记录'],
  ['/access', 'Access', '访问控制'],
  ['/settings', 'Settings', '设置'],
  ['/account', 'Your account', '我的账号'],
] as const;

describe.skipIf(browserMissing)('each page of the console, opened by its address', () => {
  let server: RunningServer;
  const people: ConsoleBrowser[] = [];

  beforeAll(async () => {
    server = await RunningServer.start();
    await server.makeLogstore('pages', 'app', { level: 'text' });
    for (const language of ['en', 'zh-CN'] as const) {
      const person = await ConsoleBrowser.open(server, language);
      people.push(person);
      await person.signIn();
    }
  }, 240_000);

  afterAll(async () => {
    for (const person of people) await person.close();
    await server.stop();
  });

  it.each(PAGES)('%s stands in its frame, in English and Chinese, without an error', async (path, english, chinese) => {
    for (const [at, heading] of [english, chinese].entries()) {
      const person = people[at]!;
      await person.goto(path);
      await person.page.getByRole('heading', { level: 1, name: heading }).waitFor();
      // The frame of a page is one column that fills the window: without its style sheet it is a plain block.
      await person.page.locator('.sl-page').first().waitFor();
      const look = await person.page.evaluate<{ display: string; direction: string; tooWide: number }>(`(() => {
        const { display, flexDirection } = getComputedStyle(document.querySelector('.sl-page'));
        return { display, direction: flexDirection, tooWide: Math.max(0, document.documentElement.scrollWidth - innerWidth) };
      })()`);
      expect(look).toEqual({ display: 'flex', direction: 'column', tooWide: 0 });
      expect(await person.page.locator('html').getAttribute('lang')).toMatch(at === 0 ? /^en/ : /^zh/);
      expect(person.problems).toEqual([]);
    }
  });

  it('says so at an address that is none, and leads back', async () => {
    const [person] = people;
    await person!.goto('/no-such-page');
    await person!.page.getByText('There is no page at this address.').waitFor();
    await person!.page.getByRole('link', { name: 'Go to the overview' }).click();
    await person!.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  });
});
