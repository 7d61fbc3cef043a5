import type { SigmaExpr, SigmaLogsource } from '../query/syntax/sigma/ast.ts';
import { refused } from '../query/syntax/sigma/refuse.ts';

/** Where the events of a logsource are, and what else must hold of them. */
export interface LogsourceTarget {
  readonly classes: readonly number[];
  /** Null: every event of the classes. */
  readonly constraint: SigmaExpr | null;
  /** What the mapping cannot check, said to whoever imports the rule. */
  readonly notes: readonly string[];
}

/** OCSF 1.8 classes by the names our own rules use as `category`. */
const OCSF_CATEGORIES: Readonly<Record<string, readonly number[]>> = {
  file_system_activity: [1001],
  process_activity: [1007],
  vulnerability_finding: [2002],
  compliance_finding: [2003],
  detection_finding: [2004],
  account_change: [3001],
  authentication: [3002],
  network_activity: [4001],
  http_activity: [4002],
  dns_activity: [4003],
  device_config_state_change: [5019],
  api_activity: [6003],
  datastore_activity: [6005],
  application_error: [6008],
};

/** Categories of published rules. */
const SIGMA_CATEGORIES: Readonly<Record<string, readonly number[]>> = {
  webserver: [4002],
  proxy: [4002],
  dns: [4003],
  dns_query: [4003],
  firewall: [4001],
  network_connection: [4001],
  process_creation: [1007],
  file_event: [1001],
  file_access: [1001],
  file_change: [1001],
  file_delete: [1001],
  file_rename: [1001],
  database: [6005],
  antivirus: [2004],
  authentication: [3002],
};

/** Clouds: the product a rule names → `cloud.provider` of the event. */
const PROVIDERS: Readonly<Record<string, string>> = {
  aws: 'AWS',
  azure: 'Azure',
  gcp: 'GCP',
  alibaba_cloud: 'Alibaba Cloud',
  aliyun: 'Alibaba Cloud',
  alibaba: 'Alibaba Cloud',
  tencent_cloud: 'Tencent Cloud',
  tencent: 'Tencent Cloud',
  huawei_cloud: 'Huawei Cloud',
  huaweicloud: 'Huawei Cloud',
};

/** Services whose events are in few classes; without an entry the classes of the product. */
const SERVICES: Readonly<Record<string, readonly number[]>> = {
  cloudtrail: [6003, 3002],
  actiontrail: [6003, 3002],
  activitylogs: [6003],
  auditlogs: [6003],
  azureactivity: [6003],
  pim: [6003],
  riskdetection: [3002],
  signinlogs: [3002],
  'gcp.audit': [6003],
  'google_workspace.admin': [6003],
  'google_workspace.login': [3002],
  audit: [6003],
  threat_management: [2004],
  threat_detection: [2004],
  guardduty: [2004],
};

const CLOUD_CLASSES: readonly number[] = [6003, 3002];
/** Products whose logs are audit logs of a service, whatever `service` says. */
const SAAS: Readonly<Record<string, readonly number[]>> = {
  kubernetes: [6003],
  github: [6003],
  bitbucket: [6003],
  m365: [6003, 2004],
  okta: [3002, 6003],
  onelogin: [3002, 6003],
  cisco_duo: [3002],
};

/**
 * Finds the OCSF classes of a logsource. @throws rule.refused (unmapped_logsource) when no class can hold its events
 */
export function targetOf(logsource: SigmaLogsource): LogsourceTarget {
  const { category, product, service } = logsource;
  const provider = product === null ? undefined : PROVIDERS[product];
  const notes: string[] = [];
  const constraint: SigmaExpr | null =
    provider === undefined
      ? null
      : { kind: 'item', field: 'cloud.provider', every: false, tests: [{ kind: 'text', text: [provider], cased: false }] };

  let classes: readonly number[] | undefined;
  if (category !== null) classes = OCSF_CATEGORIES[category] ?? SIGMA_CATEGORIES[category];
  else if (product !== null && SAAS[product] !== undefined) classes = SAAS[product];
  else if (service !== null && SERVICES[service] !== undefined) classes = SERVICES[service];
  else if (provider !== undefined) classes = CLOUD_CLASSES;
  if (classes === undefined) {
    const named = Object.entries({ category, product, service }).filter(([, value]) => value !== null);
    throw refused(
      'logsource',
      'unmapped_logsource',
      `no event class holds ${named.map(([key, value]) => `${key} ${String(value)}`).join(', ')}`,
    );
  }
  if (provider === undefined && product !== null && SAAS[product] === undefined)
    notes.push(`product ${product} is not checked: the class alone decides`);
  if (service !== null && category !== null) notes.push(`service ${service} is not checked: the class alone decides`);
  return { classes, constraint, notes };
}

/** The names that `category` may have for each class, for the console's rule editor. */
export function categoryNames(): readonly string[] {
  return Object.keys(OCSF_CATEGORIES);
}
