/** A zone as the engine knows it: `+08:00` is `Fixed/UTC+08:00:00` there. */
export function engineZone(zone: string): string {
  return /^[+-]\d\d:\d\d$/.test(zone) ? `Fixed/UTC${zone}:00` : zone;
}
