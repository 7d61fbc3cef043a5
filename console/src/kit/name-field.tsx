import { Input } from 'antd';
import './form.css';

interface NameFieldProps {
  readonly label: string;
  readonly value: string;
  readonly maxLength: number;
  readonly width: number;
  readonly hint?: string;
  readonly onChange: (value: string) => void;
}

/** The name of a new thing: the first field of its form, and what can be typed elsewhere to mean it, so in mono. */
export function NameField({ label, value, maxLength, width, hint, onChange }: NameFieldProps) {
  return (
    <label className="sl-form-item">
      <span>{label}</span>
      <Input
        autoFocus
        autoComplete="off"
        className="mono"
        maxLength={maxLength}
        placeholder={hint}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        style={{ width }}
      />
    </label>
  );
}
