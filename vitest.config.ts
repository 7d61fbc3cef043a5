import { defineConfig } from 'vitest/config';

/** Unit tests (`x.test.ts`) stand beside their file; `*.int.test.ts` need an engine or a server; `test/` holds the suites that need the whole product. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'content/**/*.test.ts', 'test/**/*.test.ts', 'console/src/**/*.test.ts'],
    pool: 'forks',
    // Two cores: more workers than that only makes engines fight for the processor and time limits lie.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default'],
  },
});
