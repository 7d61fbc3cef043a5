import { SluiceError } from '../../core/errors.ts';
import { DEFAULT_TOKENS } from '../../query/search/terms.ts';
import { EXIT, logstorePath, texts, UsageError, whole, type Command } from '../command.ts';
import { withClient } from '../rest-client.ts';

const TYPES = ['text', 'long', 'double', 'json'] as const;
type KeyType = (typeof TYPES)[number];

/** `status:long` → its name and type. @throws UsageError */
function keyOf(given: string): readonly [name: string, type: KeyType] {
  const colon = given.lastIndexOf(':');
  const type = colon < 0 ? 'text' : given.slice(colon + 1);
  const name = colon < 0 ? given : given.slice(0, colon);
  const known = TYPES.find((one) => one === type);
  if (known === undefined || name === '') throw new UsageError(`--key ${given} is no key, expected NAME or NAME:${TYPES.join('|')}`);
  return [name, known];
}

export const createCommand: Command = {
  name: 'create',
  summary: 'Makes a logstore with a full-text index, and its project when it is missing',
  usage: 'PROJECT/LOGSTORE',
  positionals: [1, 1],
  options: {
    days: { type: 'string', value: 'N', help: 'days that logs are kept; 180 (3650: for ever)' },
    shards: { type: 'string', value: 'N', help: 'shards; 2' },
    key: {
      type: 'string',
      value: 'NAME[:TYPE]',
      multiple: true,
      help: 'a key with a column of its own, for SQL and key: value; text, long, double or json; may be repeated',
    },
  },
  notes: ['sluice create my-project/app --key level --key status:long'],
  async run({ io, ctx, positionals, values }) {
    const { project, logstore } = logstorePath(positionals[0]);
    const ttlDays = whole(values, 'days', 180, 1);
    const shardCount = whole(values, 'shards', 2, 1);
    const keys = texts(values, 'key').map(keyOf);
    await withClient(io, ctx, async (client) => {
      try {
        await client.call('createProject', { body: { name: project } }, ctx);
      } catch (thrown) {
        if (!(thrown instanceof SluiceError) || thrown.code !== 'request.conflict') throw thrown;
      }
      await client.call('createLogstore', { params: { project }, body: { name: logstore, ttlDays, shardCount } }, ctx);
      const index = {
        line: { token: [...DEFAULT_TOKENS] },
        keys: Object.fromEntries(
          keys.map(([name, type]) => [name, { type, ...(type === 'text' || type === 'json' ? { token: [...DEFAULT_TOKENS] } : {}) }]),
        ),
      };
      await client.call('putIndex', { params: { project, logstore }, body: { index } }, ctx);
    });
    io.err(`${project}/${logstore} takes logs: sluice put ${project}/${logstore}\n`);
    return EXIT.ok;
  },
};
