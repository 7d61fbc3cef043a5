import { Input } from 'antd';

interface JsonAreaProps {
  /** What is typed here. */
  readonly hint: string;
  readonly rows: number;
  readonly value: string;
  readonly onChange: (text: string) => void;
}

/** Events or logs typed as JSON. */
export function JsonArea({ hint, rows, value, onChange }: JsonAreaProps) {
  return (
    <Input.TextArea
      className="sl-code"
      rows={rows}
      spellCheck={false}
      placeholder={hint}
      aria-label={hint}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
