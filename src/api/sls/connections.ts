import type { Socket } from 'node:net';
import type { RunContext } from '../../core/context.ts';

export interface ConnectionLimits {
  readonly headersTimeoutSec: number;
  readonly bodyTimeoutSec: number;
  readonly responseTimeoutSec: number;
  readonly idleTimeoutSec: number;
  readonly minBodyBytesPerSec: number;
}

export type Phase = 'headers' | 'body' | 'reply' | 'idle';

/** A call as the watch sees it. */
export interface Call {
  /** `work`: ours to finish, however long the operation takes. */
  phase: 'body' | 'work' | 'reply';
  /** When the phase began, monotonic ms. */
  sinceMs: number;
  /** Bytes of the body received. */
  received: number;
  /** Ends it: with an answer when there still can be one. */
  cut(phase: Phase): void;
}

interface Watched {
  readonly socket: Socket;
  readonly calls: Set<Call>;
  /** Bytes read when the connection became idle: more of them are the headers of a call. */
  idleBytes: number;
  sinceMs: number;
  /** The first bytes of a call have come. */
  headers: boolean;
}

/** A slow body may begin slowly: the average counts from here on. */
const RATE_GRACE_MS = 5000;

/**
 * Every open connection and how long it has been doing what. Node's own timers only know headers and whole requests, and none of them says why; this
 * one sweep a second knows five phases. Cuts come up to a second late.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #watched = new Map<Socket, Watched>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#watched.size;
  }

  get calls(): number {
    let calls = 0;
    for (const watched of this.#watched.values()) calls += watched.calls.size;
    return calls;
  }

  add(socket: Socket, nowMs: number): void {
    this.#watched.set(socket, { socket, calls: new Set(), idleBytes: 0, sinceMs: nowMs, headers: false });
    socket.once('close', () => this.#watched.delete(socket));
  }

  begin(socket: Socket, call: Call): void {
    this.#watched.get(socket)?.calls.add(call);
  }

  end(socket: Socket, call: Call, nowMs: number): void {
    const watched = this.#watched.get(socket);
    if (watched === undefined) return;
    watched.calls.delete(call);
    watched.idleBytes = socket.bytesRead;
    watched.sinceMs = nowMs;
    watched.headers = false;
  }

  /** Closes what is too slow; answers the phases it was in. */
  sweep(nowMs: number): Phase[] {
    const cut: Phase[] = [];
    for (const watched of this.#watched.values()) {
      if (watched.calls.size === 0) {
        const phase = this.#quiet(watched, nowMs);
        if (phase === null) continue;
        cut.push(phase);
        watched.socket.destroy();
        continue;
      }
      for (const call of watched.calls) {
        const phase = this.#slow(call, nowMs);
        if (phase === null) continue;
        cut.push(phase);
        call.cut(phase);
      }
    }
    return cut;
  }

  /** Closes the connections that do nothing; the others when their calls are answered. */
  closeIdle(): void {
    for (const watched of this.#watched.values()) if (watched.calls.size === 0) watched.socket.destroy();
  }

  closeAll(): void {
    for (const watched of this.#watched.values()) watched.socket.destroy();
  }

  #quiet(watched: Watched, nowMs: number): Phase | null {
    if (!watched.headers && watched.socket.bytesRead > watched.idleBytes) {
      watched.headers = true;
      watched.sinceMs = nowMs;
      return null;
    }
    const phase = watched.headers ? 'headers' : 'idle';
    const limitSec = watched.headers ? this.#limits.headersTimeoutSec : this.#limits.idleTimeoutSec;
    return nowMs - watched.sinceMs > limitSec * 1000 ? phase : null;
  }

  #slow(call: Call, nowMs: number): Phase | null {
    const limits = this.#limits;
    const ms = nowMs - call.sinceMs;
    if (call.phase === 'reply') return ms > limits.responseTimeoutSec * 1000 ? 'reply' : null;
    if (call.phase !== 'body') return null;
    const tooSlow = ms > RATE_GRACE_MS && (call.received * 1000) / ms < limits.minBodyBytesPerSec;
    return tooSlow || ms > limits.bodyTimeoutSec * 1000 ? 'body' : null;
  }
}

/** Sweeps once a second until the context ends. */
export async function watchConnections(connections: Connections, onSweep: (cut: readonly Phase[]) => void, ctx: RunContext): Promise<void> {
  while (!ctx.signal.aborted) {
    try {
      await ctx.clock.sleep(1000, ctx.signal);
    } catch {
      // The listener closes.
      return;
    }
    onSweep(connections.sweep(ctx.clock.elapsedMs()));
  }
}
