import { useQuery } from '@tanstack/react-query';

export interface HealthPart {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface Health {
  readonly reachable: boolean;
  readonly ready: boolean;
  readonly parts: readonly HealthPart[];
}

function partsOf(body: unknown): HealthPart[] {
  if (body === null || typeof body !== 'object') return [];
  const listed = (body as Record<string, unknown>)['parts'] ?? (body as Record<string, unknown>)['checks'];
  const entries: [string, unknown][] = Array.isArray(listed)
    ? listed.map((part: Record<string, unknown>) => [String(part['name']), part])
    : listed !== null && typeof listed === 'object'
      ? Object.entries(listed)
      : [];
  return entries.map(([name, part]) => {
    const facts = part !== null && typeof part === 'object' ? (part as Record<string, unknown>) : {};
    return { name, ok: facts['ok'] !== false, detail: typeof facts['detail'] === 'string' ? facts['detail'] : '' };
  });
}

/** Asks `/readyz`: 200 when all parts work, 503 with the parts that do not. Never fails: no answer is an answer here. */
export async function readHealth(signal?: AbortSignal): Promise<Health> {
  try {
    const response = await fetch('/readyz', { headers: { accept: 'application/json' }, signal: signal ?? null });
    const body: unknown = await response.json().catch(() => null);
    return { reachable: true, ready: response.ok, parts: partsOf(body) };
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    return { reachable: false, ready: false, parts: [] };
  }
}

export function useHealth(): Health | null {
  return useQuery({ queryKey: ['health'], queryFn: ({ signal }) => readHealth(signal), refetchInterval: 10_000 }).data ?? null;
}
