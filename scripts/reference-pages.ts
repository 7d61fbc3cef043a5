import { compatibilityPage } from '../src/api/sls/compatibility-page.ts';
import { apiPage } from '../src/api/rest/api-page.ts';
import { sampleFile, settingsPage } from '../src/config/settings-page.ts';
import { errorsPage } from '../src/core/errors-page.ts';
import { functionReference } from '../src/query/functions/reference-page.ts';
import { receiversPage } from '../src/sinks/receivers-page.ts';
import { metricsPage } from '../src/telemetry/signals.ts';

/** Generated pages of docs/reference by file name. */
export function referencePages(): Readonly<Record<string, string>> {
  return {
    'errors.md': errorsPage(),
    'settings.md': settingsPage(),
    'sluice.sample.yaml': sampleFile(),
    'metrics.md': metricsPage(),
    'rest-api.md': apiPage(),
    'query-functions.md': functionReference(),
    'receivers.md': receiversPage(),
    'sls-compatibility.md': compatibilityPage(),
  };
}
