import react from '@vitejs/plugin-react';

import { fileURLToPath, pathToFileURL } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const contract = fileURLToPath(new URL('../src/api/rest/contract/routes.ts', import.meta.url));

/**
 * `virtual:routes`: method and path of every operation, read from the contract's route table when the console is built. The types come
 * from the contract itself; its schemas stay on the server, so that no validator is shipped to the browser.
 */
function routes(): Plugin {
  const id = '\0virtual:routes';
  return {
    name: 'sluice-routes',
    resolveId: (source) => (source === 'virtual:routes' ? id : null),
    async load(asked) {
      if (asked !== id) return null;
      this.addWatchFile(contract);
      const table = (await import(pathToFileURL(contract).href)) as {
        ROUTES: Record<string, { method: string; path: string; idempotent?: true }>;
        API_PREFIX: string;
        CSRF_HEADER: string;
      };
      const entries = Object.entries(table.ROUTES).map(([name, route]) => [name, [route.method, route.path, route.idempotent === true]]);
      return [
        `export const API_PREFIX = ${JSON.stringify(table.API_PREFIX)};`,
        `export const CSRF_HEADER = ${JSON.stringify(table.CSRF_HEADER)};`,
        `export const ROUTE_TABLE = ${JSON.stringify(Object.fromEntries(entries))};`,
      ].join('\n');
    },
  };
}

const group = (path: RegExp) => (id: string) => path.test(id);

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), routes()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Fonts and small pictures stay files: a data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: group(/node_modules\/(?:react|react-dom|scheduler)\//u), priority: 40 },
            { name: 'codemirror', test: group(/node_modules\/(?:@codemirror|@lezer|style-mod|w3c-keyname|crelt)\//u), priority: 30 },
            { name: 'echarts', test: group(/node_modules\/(?:echarts|zrender|tslib)\//u), priority: 30 },
          ],
        },
      },
    },
  },
  server: { port: 7801, proxy: { '/api': 'http://127.0.0.1:7800', '/readyz': 'http://127.0.0.1:7800' } },
});
