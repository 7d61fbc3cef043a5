import { describe, expect, it } from 'vitest';
import { sendCommand, slsEndpoint } from './send-command.ts';

const target = { endpoint: 'http://127.0.0.1:7810', project: 'first-logs', logstore: 'app', accessKeyId: 'LTAIone', secret: 'two' };

describe('the first log', () => {
  it('is sent by the command line with endpoint, key and place', () => {
    const [environment, ...command] = sendCommand('sluice', target).split('\n');
    expect(environment).toBe('export SLS_ENDPOINT=http://127.0.0.1:7810 SLS_AK_ID=LTAIone SLS_AK_KEY=two');
    expect(command.join('\n')).toMatch(/^echo '\{"src_ip":.*\}' \|\n {2}npx sluice put first-logs\/app$/u);
  });

  it('is sent by the Python SDK', () => {
    const text = sendCommand('python', target);
    expect(text).toContain("LogClient('http://127.0.0.1:7810', 'LTAIone', 'two')");
    expect(text).toContain("PutLogsRequest('first-logs', 'app'");
    expect(text).toContain("('status', '405')");
  });

  it('goes to the host that the browser reached, unless the server listens on one of its own', () => {
    expect(slsEndpoint({ secure: false, host: '0.0.0.0', port: 7810 }, 'logs.example.org')).toBe('http://logs.example.org:7810');
    expect(slsEndpoint({ secure: true, host: '::', port: 443 }, '2001:db8::1')).toBe('https://[2001:db8::1]:443');
    expect(slsEndpoint({ secure: false, host: '10.0.0.5', port: 7810 }, 'localhost')).toBe('http://10.0.0.5:7810');
  });
});
