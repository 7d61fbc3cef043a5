import { Fragment, type ReactNode } from 'react';

/** Names and values in two columns, the way a person reads a form aloud. */
export function Facts({
  items,
  nameWidth = 92,
}: {
  readonly items: readonly (readonly [string, ReactNode])[];
  readonly nameWidth?: number;
}) {
  return (
    <dl style={{ display: 'grid', gridTemplateColumns: `${nameWidth}px 1fr`, gap: '3px 8px', margin: 0, fontSize: 12.5 }}>
      {items.map(([name, value]) => (
        <Fragment key={name}>
          <dt className="quiet">{name}</dt>
          <dd style={{ margin: 0, minWidth: 0, overflowWrap: 'anywhere' }}>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
