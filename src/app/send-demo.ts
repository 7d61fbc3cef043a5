import type { RunContext } from '../core/context.ts';
import { loadDemo, type LoadedDemo } from '../demo/load-demo.ts';
import { SlsClient } from '../sources/sls/sls-client.ts';

/** Where and as whom the demonstration is sent: over the wire API of this server, like any other client. */
export interface DemoTarget {
  /** Of the wire listener. */
  readonly endpoint: string;
  readonly root: { readonly accessKeyId: string; readonly secret: string };
}

/** Sends the demonstration story to this server. @throws SlsServiceError and request errors of the client */
export async function sendDemo({ endpoint, root }: DemoTarget, progress: (note: string) => void, ctx: RunContext): Promise<LoadedDemo> {
  return await loadDemo(
    (project) =>
      Promise.resolve(
        new SlsClient({
          endpoint,
          project,
          accessKeyId: root.accessKeyId,
          accessKeySecret: root.secret,
          timeoutMs: 60_000,
          userAgent: 'sluice-demo',
        }),
      ),
    null,
    progress,
    ctx,
  );
}
