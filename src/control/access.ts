/** An access key and whose it is, as the signature check and the policies need it. */
export interface Caller {
  readonly accessKeyId: string;
  /** The user (or role session) the key belongs to. */
  readonly owner: string;
  /** The owner of the installation: everything is allowed. */
  readonly root: boolean;
  /** Names or documents of the policies in force, for audit lines. */
  readonly policies: readonly string[];
}

export interface AccessKey extends Caller {
  readonly secret: string;
  /** Set for temporary keys (STS): the request must carry the same `x-acs-security-token`. */
  readonly sessionToken: string | null;
  /** Temporary keys: Unix ms after which the key answers SecurityTokenExpired. */
  readonly expiresAtMs: number | null;
}

/** Facts of the request that policy conditions may ask for. */
export interface AccessFacts {
  readonly clientIp: string;
  readonly secure: boolean;
}

/** `denied_by_project`: a policy of the project itself says no (SLS answers another text for it). */
export type AccessDecision = 'allowed' | 'denied' | 'denied_by_project';

/**
 * Who may do what. Answered from memory: the receive path asks once per request, so an implementation keeps keys and policies loaded and follows
 * changes by itself.
 */
export interface AccessControl {
  /** Null: no such key, or it is disabled. */
  key(accessKeyId: string): AccessKey | null;
  /**
   * @param action as SLS names it: `log:PostLogStoreLogs`, `log:GetLogStoreLogs` …
   * @param resource without the account part: `project/p/logstore/l`, `project/p/logstore/l/consumergroup/g`, `project/*`
   * @param caller null: the request was not signed (web tracking); only a project's own policy can deny it
   */
  allowed(caller: Caller | null, action: string, resource: string, facts: AccessFacts): AccessDecision;
}
