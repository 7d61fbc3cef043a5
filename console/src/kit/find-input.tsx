import { Input } from 'antd';

interface FindInputProps {
  /** What is looked for now; undefined: nothing. */
  readonly value: string | undefined;
  /** Said inside while it is empty. */
  readonly hint: string;
  readonly label?: string;
  readonly width: number;
  readonly onFind: (value: string | undefined) => void;
}

/** A search of a filter bar: asked with Enter, not with every letter. */
export function FindInput({ value = '', hint, label = hint, width, onFind }: FindInputProps) {
  return (
    <Input.Search
      allowClear
      // A new value from elsewhere (the address, a cleared filter) starts the field anew.
      key={value}
      defaultValue={value}
      placeholder={hint}
      aria-label={label}
      style={{ width }}
      onSearch={(typed) => onFind(typed.trim() || undefined)}
    />
  );
}
