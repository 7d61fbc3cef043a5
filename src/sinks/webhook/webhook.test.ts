import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { sinkContract } from '../sink.contract.ts';
import { answerJson, serveHttp, type Call } from '../testing/http-server.ts';
import { webhookConfig } from './config.ts';
import { Webhook } from './webhook.ts';

const KEY = Buffer.alloc(32, 7);
const SECRET = `whsec_${KEY.toString('base64')}`;

/** As the verifiers of Standard Webhooks do it. */
function isSigned({ headers, body }: Call): boolean {
  const [version, signature] = String(headers['webhook-signature'] ?? '').split(',');
  const wanted = createHmac('sha256', KEY)
    .update(`${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body.toString('utf8')}`)
    .digest();
  const given = Buffer.from(signature ?? '', 'base64');
  return version === 'v1' && given.length === wanted.length && timingSafeEqual(given, wanted);
}

for (const form of ['array', 'ndjson'] as const)
  sinkContract(
    `webhook with ${form}`,
    async () => {
      const kept: string[] = [];
      let refused: ReadonlySet<string> = new Set();
      let random: (() => number) | null = null;
      const server = await serveHttp((call, response) => {
        if (call.url.pathname !== '/hook') return answerJson(response, 404, {});
        if (call.headers.authorization !== 'Bearer t0ken') return answerJson(response, 401, { error: 'unknown token' });
        if (form === 'ndjson' && !isSigned(call)) return answerJson(response, 401, { error: 'bad signature' });
        const fault = random === null ? 1 : random();
        if (fault < 0.15) return answerJson(response, [429, 500, 502, 503][Math.floor(fault * 26)]!, {}, { 'retry-after': '0' });
        const text = call.body.toString('utf8');
        const logs = (
          form === 'array'
            ? JSON.parse(text)
            : text
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => JSON.parse(line) as unknown)
        ) as { id: string; sluice_id: string }[];
        if (logs.some((log) => refused.has(log.id))) return answerJson(response, 422, { error: 'not for me' });
        kept.push(...logs.map((log) => log.id));
        return answerJson(response, fault < 0.3 ? 503 : 200, {});
      });
      const open = (port: number, token: string): Webhook =>
        new Webhook(
          webhookConfig.parse({
            url: `http://127.0.0.1:${port}/hook`,
            body: form,
            token,
            batchRecords: 100,
            gzip: form === 'ndjson',
            ...(form === 'ndjson' ? { signingSecret: SECRET } : {}),
          }),
          { project: 'secure', logstore: 'waf' },
        );
      return {
        ...server,
        open: (port) => open(port, 't0ken'),
        openWithWrongSecret: (port) => open(port, 'wrong'),
        ids: () => Promise.resolve([...kept]),
        clear: () => {
          kept.length = 0;
          return Promise.resolve();
        },
        misbehave: (next) => {
          random = next;
        },
        refuse: (ids) => {
          refused = ids;
        },
      };
    },
    { repeats: true },
  );

describe('webhook', () => {
  it('refuses settings that make no sense', () => {
    for (const wrong of [{ url: 'ftp://x/' }, { url: 'https://x/', signingSecret: 'plain' }, { url: 'https://x/', colour: 'red' }])
      expect(webhookConfig.safeParse(wrong).success).toBe(false);
  });
});
