import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import type { RunContext } from '../../core/context.ts';
import { HttpStore } from '../clickhouse/http-store.ts';
import { EmbeddedEngine } from './embedded-engine.ts';

export interface EmbeddedStore {
  readonly store: HttpStore;
  readonly engine: EmbeddedEngine;
}

/** The store on the embedded engine, under the data directory. @throws store.unavailable */
export async function openEmbeddedStore(settings: Pick<Settings, 'dataDir' | 'store'>, ctx: RunContext): Promise<EmbeddedStore> {
  const { sessions, maxServerMemoryBytes, backgroundThreads, port, password } = settings.store;
  const engine = await EmbeddedEngine.open(
    {
      folder: join(settings.dataDir, 'store'),
      maxServerMemoryBytes,
      backgroundThreads,
      sessions: sessions.insert + sessions.background + sessions.people + sessions.control,
      port,
      password: password ?? null,
    },
    ctx,
  );
  return { store: new HttpStore({ connection: engine, lanes: sessions }), engine };
}
