import { localKeys } from '../config/first-start.ts';
import { SluiceError } from '../core/errors.ts';
import { SlsClient } from '../sources/sls/sls-client.ts';
import type { Io, OptionSpec } from './command.ts';
import { text, type Invocation } from './command.ts';

export const wireOptions: Readonly<Record<string, OptionSpec>> = {
  endpoint: { type: 'string', value: 'URL', help: 'SLS endpoint; SLS_ENDPOINT, else http://127.0.0.1:7810' },
};

/**
 * A client of the SLS wire API with SLS_AK_ID and SLS_AK_KEY, else the root key of the settings, else the key file of SLUICE_DATA_DIR.
 * @throws request.unauthenticated
 */
export async function openWire({ io, values }: Invocation, project: string): Promise<SlsClient> {
  const { env } = io;
  const endpoint = text(values, 'endpoint') ?? env['SLS_ENDPOINT'] ?? `http://127.0.0.1:${env['SLUICE_SLS_PORT'] ?? '7810'}`;
  const key = await keyOf(env);
  if (key === null)
    throw new SluiceError(
      'request.unauthenticated',
      `no access key for ${endpoint}: set SLS_AK_ID and SLS_AK_KEY, or SLUICE_DATA_DIR to the data directory of a server on this machine (now ${env['SLUICE_DATA_DIR'] ?? './data'})`,
    );
  return new SlsClient({
    endpoint,
    project,
    accessKeyId: key.accessKeyId,
    accessKeySecret: key.secret,
    timeoutMs: 60_000,
    userAgent: 'sluice-cli',
  });
}

async function keyOf(env: Io['env']): Promise<{ accessKeyId: string; secret: string } | null> {
  const pairs = [
    [env['SLS_AK_ID'], env['SLS_AK_KEY']],
    [env['SLUICE_ROOT_AK_ID'], env['SLUICE_ROOT_AK_SECRET']],
  ] as const;
  for (const [accessKeyId, secret] of pairs) if (accessKeyId !== undefined && secret !== undefined) return { accessKeyId, secret };
  return (await localKeys(env['SLUICE_DATA_DIR'] ?? './data')).root;
}
