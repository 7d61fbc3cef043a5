/** What the parent tells the engine's process at its start, over the IPC channel: the password stands in no argument and no environment. */
export interface EngineOptions {
  /** Data directory of the engine; one process owns it. */
  readonly folder: string;
  /** Server settings (XML), made by `engineConfig`. */
  readonly configFile: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Sessions: so many statements run at once, the others wait in the order they came. */
  readonly sessions: number;
  /** Folder in which bodies of inserts lie until the engine has read them; memory where the machine has such a folder. */
  readonly bodyFolder: string;
}

/** What the engine's process says: that it listens, or why it does not. */
export type EngineMessage = { readonly port: number } | { readonly failed: string };
