import { readFileSync } from 'node:fs';
import { SluiceError } from '../../core/errors.ts';
import { EXIT, type Command } from '../command.ts';
import { RestClient } from '../rest-client.ts';

/** Of package.json. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}

export const versionCommand: Command = {
  name: 'version',
  summary: 'Versions of this command and of the server it finds',
  usage: '',
  positionals: [0, 0],
  options: {},
  notes: [],
  async run({ io, ctx }) {
    await io.out(`sluice ${ownVersion()} (Node ${process.versions.node})\n`);
    try {
      const client = RestClient.anonymous(io);
      const server = await client.call('version', {}, ctx);
      await io.out(`server ${server.version} at ${client.url} (Node ${server.node}, up since ${server.startedAt})\n`);
    } catch (thrown) {
      if (!(thrown instanceof SluiceError) || thrown.code !== 'source.unreachable') throw thrown;
      await io.out(`server none at ${RestClient.anonymous(io).url}\n`);
    }
    return EXIT.ok;
  },
};
