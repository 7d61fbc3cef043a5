import type { Reason } from '../../../src/api/rest/contract/alerts.ts';
import { Icon } from './icon.tsx';

/** The conditions of the rule that held, with the values that made them hold. */
export function Reasons({ reasons }: { readonly reasons: readonly Reason[] }) {
  return reasons.map((reason, at) => (
    <div key={`${reason.field}${at}`} className="sl-preview-row" style={{ alignItems: 'flex-start', padding: '2px 0' }}>
      <Icon name="check" size={14} style={{ color: 'var(--sl-ok)', marginTop: 3 }} />
      <span className="mono" style={{ overflowWrap: 'anywhere', lineHeight: '20px' }}>
        {reason.field} {reason.operator === '' ? '=' : reason.operator} <mark>{reason.value}</mark>
      </span>
      <span className="grow" />
      {reason.note !== undefined && reason.note !== '' && (
        <span className="meta" style={{ lineHeight: '20px', textAlign: 'right', flex: 'none', maxWidth: 130 }}>
          {reason.note}
        </span>
      )}
    </div>
  ));
}
