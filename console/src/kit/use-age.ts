import { useEffect, useState } from 'react';

/** Milliseconds since an instant, moving on by itself. */
export function useAge(sinceMs: number | null, everyMs = 1000): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return sinceMs === null || sinceMs === 0 ? null : Math.max(0, now - sinceMs);
}
