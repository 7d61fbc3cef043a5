import { useEffect, useState } from 'react';
import './skeleton-rows.css';

const WIDTHS = [62, 88, 74, 54, 96, 70];

/** Rows of final height. Nothing for the first 150 ms, so that a fast answer does not flash. */
export function SkeletonRows({ rows, height }: { readonly rows: number; readonly height: number }) {
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" aria-live="polite">
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="sl-skeleton-row" style={{ height }}>
          {shown && [0, 1, 2, 3].map((cell) => <span key={cell} style={{ width: WIDTHS[(row + cell * 2) % WIDTHS.length] }} />)}
        </div>
      ))}
    </div>
  );
}
