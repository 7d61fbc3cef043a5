import { expect, it } from 'vitest';
import { optionsOf } from './sink-address.ts';
import { SINK_KINDS } from './sink-kinds.ts';
import { receiversPage } from './receivers-page.ts';

it('tells every option of every receiver', async () => {
  const page = receiversPage();
  for (const { schemes, load } of Object.values(SINK_KINDS)) {
    for (const scheme of schemes) expect(page).toContain(`\`${scheme}\``);
    const missing = [...optionsOf((await load()).schema).keys()].filter((name) => !page.includes(`| \`${name}\` |`));
    // What the address itself gives.
    for (const name of missing)
      expect([
        'endpoints',
        'endpoint',
        'transport',
        'host',
        'port',
        'index',
        'bucket',
        'prefix',
        'brokers',
        'topic',
        'tls',
        'url',
      ]).toContain(name);
  }
});
