import { loadDemo } from '../../demo/load-demo.ts';
import { DEMO_LOGSTORES, DEMO_PROJECTS } from '../../demo/logstores.ts';
import { DEFAULT_BACKGROUND } from '../../demo/story.ts';
import { EXIT, isOn, whole, type Command } from '../command.ts';
import { Progress } from '../progress.ts';
import { withClient } from '../rest-client.ts';
import { sizeText } from '../when.ts';
import { openWire, wireOptions } from '../wire.ts';

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Makes the demonstration logstores and sends its story: an attack over four clouds within an hour of everyday traffic',
  usage: '',
  positionals: [0, 0],
  options: {
    ...wireOptions,
    clear: { type: 'boolean', help: 'removes the logstores of the demonstration, and alerts and events that stand on nothing else' },
    background: { type: 'string', value: 'N', help: `everyday logs beside the attack's; ${DEFAULT_BACKGROUND}` },
  },
  notes: ['The story ends some minutes before now. Sent twice, it stands there twice.'],
  async run(invocation) {
    const { io, ctx, values } = invocation;
    if (isOn(values, 'clear')) {
      const { logstores, alerts, events } = await withClient(io, ctx, (client) => client.call('clearDemo', {}, ctx));
      io.err(`${logstores} logstores, ${alerts} alerts and ${events} security events removed\n`);
      return EXIT.ok;
    }
    const background = whole(values, 'background', DEFAULT_BACKGROUND);
    const progress = new Progress(io, ctx.clock);
    const { logs, bytes } = await (async () => {
      try {
        return await loadDemo(
          (project) => openWire(invocation, project),
          background,
          (note, share) => progress.show(note, share),
          ctx,
        );
      } finally {
        progress.clear();
      }
    })();
    io.err(
      `${logs.toLocaleString('en-US')} logs (${sizeText(bytes)}) in ${DEMO_LOGSTORES.length} logstores of ${DEMO_PROJECTS.length} projects\n`,
    );
    return EXIT.ok;
  },
};
