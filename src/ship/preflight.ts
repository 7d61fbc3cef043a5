import { asSluiceError, type SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { probeEndpoint } from '../sinks/probe.ts';
import type { CheckStep } from '../sinks/sink.ts';
import { GroupConsumer, type GroupConsumerOptions } from '../sources/sls/group-consumer.ts';
import { SlsServiceError, type SlsClient } from '../sources/sls/sls-client.ts';

/**
 * Tries everything a shipper asks of its log service, from the name to a pull, as the shipper would (checklist K27). The consumer group is made when it is absent; no shard is
 * taken from a consumer that runs. The first step that is not ok is the last.
 */
export async function checkSource(
  client: SlsClient,
  options: GroupConsumerOptions & { readonly query: string | null; readonly deadLetter: string | null },
  ctx: RunContext,
): Promise<readonly CheckStep[]> {
  const { protocol, hostname, port } = new URL(client.origin);
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const steps: CheckStep[] = [
    ...(await probeEndpoint(
      host,
      port === '' ? (secure ? 443 : 80) : Number(port),
      secure ? { verify: true, serverName: host } : null,
      ctx,
    )),
  ];
  if (steps.some((step) => !step.ok)) return steps;
  const { logstore, group, start, query } = options;
  const attempt = async (stage: string, work: () => Promise<string>): Promise<boolean> => {
    try {
      steps.push({ stage, ok: true, detail: await work() });
      return true;
    } catch (thrown) {
      const error = asSluiceError(thrown);
      const [faulty, advice] = blame(error, stage);
      steps.push({ stage: faulty, ok: false, detail: `${error.message}${advice === '' ? '' : `: ${advice}`}` });
      return false;
    }
  };
  let shard: number | undefined;
  if (
    !(await attempt('signature', async () => {
      const shards = await client.listShards(logstore, ctx);
      shard = shards[0]?.shardID;
      return `the key is accepted; ${client.project}/${logstore} has ${shards.length} shards`;
    }))
  )
    return steps;
  if (
    !(await attempt('group', async () => {
      await new GroupConsumer(client, options, () => Promise.resolve()).prepare(ctx);
      const consumers = (await client.checkpoints(logstore, group, ctx)).map((entry) => entry.consumer).filter((name) => name !== '');
      const others = new Set(consumers).size;
      return `consumer group ${group} is there${others === 0 ? '' : `, with ${others} consumers`}`;
    }))
  )
    return steps;
  if (shard === undefined) return steps;
  const first = shard;
  const read = await attempt(query === null ? 'pull' : 'query', async () => {
    const cursor = await client.cursor(logstore, first, String(start), ctx);
    const page = await client.pull(logstore, first, cursor, 1, query, ctx);
    const filtered = query === null ? '' : '; the query is understood';
    return `shard ${first} can be read${page.groups === 0 ? ', there is nothing to read yet' : ''}${filtered}`;
  });
  const { deadLetter } = options;
  if (read && deadLetter !== null)
    await attempt('dead letters', async () => {
      await client.getLogstore(deadLetter, ctx);
      return `refused logs are kept in ${client.project}/${deadLetter}`;
    });
  return steps;
}

/** Which end or setting an error of the service is about, and what to do. */
function blame(error: SluiceError, stage: string): readonly [stage: string, advice: string] {
  if (!(error instanceof SlsServiceError)) return [typeof error.details['stage'] === 'string' ? error.details['stage'] : stage, ''];
  const { slsCode, httpStatus } = error;
  if (slsCode === 'SignatureNotMatch') return ['signature', 'the secret does not belong to the access key; check SLS_AK_KEY'];
  if (slsCode === 'RequestTimeTooSkewed' || slsCode === 'RequestTimeExpired')
    return ['clock', 'the clock of this machine or of the service is wrong'];
  if (slsCode === 'ProjectNotExist') return ['project', 'check the project, and that the endpoint is of its region'];
  if (slsCode === 'LogStoreNotExist' || slsCode === 'LogstoreNotExist') return ['logstore', 'check the name'];
  if (slsCode === 'ConsumerGroupQuotaExceed') return ['quota', 'delete consumer groups of the logstore that nobody uses'];
  if (slsCode === 'BadResponse') return ['endpoint', 'something else than the log service answered; check the endpoint'];
  if (httpStatus === 401) return ['signature', stage === 'signature' ? 'the access key is not known; check SLS_AK_ID' : ''];
  if (httpStatus === 403)
    return [
      'permission',
      `the key may not do this (step ${stage}); the user needs AliyunLogReadOnlyAccess and the actions on consumer groups, or AliyunLogFullAccess`,
    ];
  return [stage, ''];
}
