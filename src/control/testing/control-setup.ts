import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../config/load.ts';
import type { Settings } from '../../config/settings.ts';
import { FakeClock } from '../../core/clock.ts';
import { quietContext, type RunContext } from '../../core/context.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import { openSqliteState } from '../../state/sqlite/sqlite-state.ts';
import type { State } from '../../state/state.ts';
import { LmdbStream } from '../../stream/lmdb/lmdb-stream.ts';
import { AccessKeys } from '../access-keys.ts';
import { Audit } from '../audit.ts';
import { Secrets } from '../secrets.ts';
import { StateCatalog } from '../state-catalog.ts';

export const MASTER_KEY = '0123456789abcdef'.repeat(4);

export interface ControlSetup {
  readonly dir: string;
  readonly clock: FakeClock;
  readonly ctx: RunContext;
  readonly settings: Settings;
  readonly state: State;
  readonly stream: LmdbStream;
  readonly secrets: Secrets;
  readonly audit: Audit;
  readonly catalog: StateCatalog;
  readonly access: AccessKeys;
  /** Puts groups of one log each into a shard. */
  put(logstore: number, shard: number, groups: number): Promise<void>;
  close(): Promise<void>;
}

/** The control room over a real state database and stream, in a folder of its own, with a clock that stands still. */
export async function controlSetup(env: Record<string, string> = {}): Promise<ControlSetup> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-control-'));
  const clock = new FakeClock();
  const ctx = quietContext(clock);
  const { settings } = loadSettings({ env: { SLUICE_DATA_DIR: dir, ...env } });
  const state = await openSqliteState(dir, ctx);
  const stream = await LmdbStream.open({ path: join(dir, 'stream'), mapBytes: 1024 ** 3, commitWaitMs: 0, reserveBytes: 1 }, ctx);
  const secrets = new Secrets(MASTER_KEY);
  const audit = new Audit(state, secrets);
  const catalog = await StateCatalog.open(state, { settings, places: stream, owner: 'root' }, ctx);
  const root = { accessKeyId: 'AK', secret: 'SK', owner: 'root' };
  const access = await AccessKeys.open(state, { root, secrets }, ctx);
  const builder = new GroupBuilder();
  return {
    dir,
    clock,
    ctx,
    settings,
    state,
    stream,
    secrets,
    audit,
    catalog,
    access,
    async put(logstore, shard, groups) {
      for (let i = 0; i < groups; i++) {
        builder.begin();
        builder.beginLog(Math.floor(clock.nowMs() / 1000));
        builder.field('n', String(i));
        builder.endLog();
        const bytes = builder.finish();
        await stream.append({ logstore, shard }, [{ bytes, codec: 'none', rawBytes: bytes.length, logs: 1 }], ctx);
      }
    },
    async close() {
      await stream.close();
      await state.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
