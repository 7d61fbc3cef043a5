import { useAge } from './use-age.ts';

/** Time left as `0:18` (hours:minutes); late colours under half an hour and after the deadline. */
export function Due({ at }: { readonly at: string | null }) {
  const passed = useAge(1, 10_000);
  if (at === null || passed === null) return <span className="quiet">–</span>;
  const left = Date.parse(at) - Date.now();
  const minutes = Math.floor(Math.abs(left) / 60_000);
  const text = minutes >= 1440 ? `${Math.floor(minutes / 1440)} d` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
  const look = left < 0 ? 'error' : left < 30 * 60_000 ? 'late' : '';
  return (
    <span className={look} style={look === '' ? {} : { fontWeight: 600 }}>
      {left < 0 ? `−${text}` : text}
    </span>
  );
}
