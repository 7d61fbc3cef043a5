import type { ReactNode } from 'react';
import { KeyCap } from './key-cap.tsx';
import './key-bar.css';

export interface KeyHint {
  readonly keys: readonly string[];
  readonly does: string;
}

/** The 26 px footer of a list: where the reader is, and which keys work here. */
export function KeyBar({ left, hints }: { readonly left: ReactNode; readonly hints: readonly KeyHint[] }) {
  return (
    <footer className="sl-key-bar">
      <span className="grow ellipsis" aria-live="off">
        {left}
      </span>
      {hints.map((hint) => (
        <span key={hint.does} className="sl-key-hint">
          {hint.keys.map((key) => (
            <KeyCap key={key}>{key}</KeyCap>
          ))}
          {hint.does}
        </span>
      ))}
    </footer>
  );
}
