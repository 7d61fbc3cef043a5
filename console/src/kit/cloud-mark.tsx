import { useTranslation } from 'react-i18next';
import { CLOUD_CODE, cloudColour, cloudOutline, type Cloud } from './cloud.ts';
import './cloud-mark.css';

interface CloudMarkProps {
  readonly cloud: Cloud;
  /** `shape` alone where the row names the cloud elsewhere; then the name is the tooltip. */
  readonly show?: 'shape' | 'code' | 'name';
  readonly size?: number;
}

/** A cloud by shape, code and colour. */
export function CloudMark({ cloud, show = 'shape', size = 12 }: CloudMarkProps) {
  const { t } = useTranslation('common');
  const name = t(`cloud.${cloud}`);
  const hollow = cloud === 'gen';
  return (
    <span className="sl-cloud" title={name}>
      <svg width={size} height={size} viewBox="-7 -7 14 14" aria-hidden="true" style={{ flex: 'none' }}>
        <path
          d={cloudOutline(cloud, 5.8)}
          fill={hollow ? 'color-mix(in srgb, var(--sl-gen) 35%, transparent)' : cloudColour(cloud)}
          stroke={hollow ? 'var(--sl-gen)' : 'none'}
          strokeWidth={hollow ? 1.4 : 0}
        />
      </svg>
      {show === 'code' && <span className="sl-cloud-code">{CLOUD_CODE[cloud]}</span>}
      {show === 'name' && <span>{name}</span>}
      {show !== 'name' && <span className="visually-hidden">{name}</span>}
    </span>
  );
}
