import type { EventColumn, EventTable } from './event-columns.ts';

/**
 * Vendor field names that published Sigma rules use → OCSF paths (several: alternatives). A name without an entry is an OCSF path itself, or is looked
 * up in what standardization left unmapped. Reference: detection.md §2.4 and the field tables of the sources.
 */
export const FIELD_MAP: Readonly<Record<string, readonly string[]>> = {
  // operation
  eventName: ['api.operation'],
  operationName: ['api.operation'],
  OperationNameValue: ['api.operation'],
  Operation: ['api.operation'],
  'gcp.audit.method_name': ['api.operation'],
  'protoPayload.methodName': ['api.operation'],
  action: ['api.operation'],
  verb: ['api.operation'],
  eventSource: ['api.service.name', 'api.service.uid'],
  serviceName: ['api.service.name'],
  'gcp.audit.service_name': ['api.service.name'],
  'protoPayload.serviceName': ['api.service.name'],
  errorCode: ['api.response.error'],
  errorMessage: ['api.response.error_message'],
  ResultType: ['status_code'],
  // caller
  sourceIPAddress: ['src_endpoint.ip', 'src_endpoint.hostname'],
  sourceIpAddress: ['src_endpoint.ip', 'src_endpoint.hostname'],
  callerIpAddress: ['src_endpoint.ip'],
  CallerIpAddress: ['src_endpoint.ip'],
  IPAddress: ['src_endpoint.ip'],
  userAgent: ['http_request.user_agent'],
  'userIdentity.arn': ['actor.user.uid'],
  'userIdentity.principalId': ['actor.user.uid'],
  'userIdentity.type': ['actor.user.type'],
  'userIdentity.userName': ['actor.user.name'],
  'userIdentity.accessKeyId': ['actor.user.credential_uid'],
  'userIdentity.accountId': ['actor.user.account.uid'],
  'protoPayload.authenticationInfo.principalEmail': ['actor.user.name', 'actor.user.email_addr'],
  userPrincipalName: ['user.name', 'actor.user.name'],
  UserPrincipalName: ['user.name', 'actor.user.name'],
  awsRegion: ['cloud.region'],
  acsRegion: ['cloud.region'],
  recipientAccountId: ['cloud.account.uid'],
  requestParameters: ['api.request.data'],
  responseElements: ['api.response.data'],
  // web
  'c-uri': ['http_request.url.path', 'http_request.url.url_string'],
  'c-uri-query': ['http_request.url.query_string'],
  'cs-uri': ['http_request.url.url_string', 'http_request.url.path'],
  'cs-uri-stem': ['http_request.url.path'],
  'cs-uri-query': ['http_request.url.query_string'],
  'c-useragent': ['http_request.user_agent'],
  'cs-user-agent': ['http_request.user_agent'],
  'cs-method': ['http_request.http_method'],
  'cs-host': ['http_request.url.hostname'],
  'cs-referer': ['http_request.referrer'],
  'cs-referrer': ['http_request.referrer'],
  'sc-status': ['http_response.code'],
  'c-ip': ['src_endpoint.ip'],
  // names
  query: ['query.hostname'],
  QueryName: ['query.hostname'],
  record_type: ['query.type'],
  answer: ['answers.rdata'],
  QueryResults: ['answers.rdata'],
  // network
  src_ip: ['src_endpoint.ip'],
  SourceIp: ['src_endpoint.ip'],
  src_port: ['src_endpoint.port'],
  SourcePort: ['src_endpoint.port'],
  dst_ip: ['dst_endpoint.ip'],
  DestinationIp: ['dst_endpoint.ip'],
  dst_port: ['dst_endpoint.port'],
  DestinationPort: ['dst_endpoint.port'],
  DestinationHostname: ['dst_endpoint.hostname'],
  // processes
  Image: ['process.file.path', 'actor.process.file.path'],
  CommandLine: ['process.cmd_line', 'actor.process.cmd_line'],
  CurrentDirectory: ['process.working_directory'],
  ParentImage: ['process.parent_process.file.path', 'actor.process.file.path'],
  ParentCommandLine: ['process.parent_process.cmd_line', 'actor.process.cmd_line'],
  OriginalFileName: ['process.file.name'],
  User: ['actor.user.name', 'process.user.name', 'user.name'],
  ProcessId: ['process.pid'],
  TargetFilename: ['file.path'],
};

/**
 * The columns a rule's field stands for in a class: an OCSF path of the class first, then the vendor map, then a lookup in the unmapped fields.
 * Never empty.
 */
export function columnsFor(field: string, table: EventTable): readonly EventColumn[] {
  const direct = table.column(field);
  if (direct !== null) return [direct];
  const mapped = (FIELD_MAP[field] ?? []).map((path) => table.column(path)).filter((column) => column !== null);
  return mapped.length > 0 ? mapped : [table.unmapped(field)];
}
