import './key-cap.css';

/** A key on the keyboard, as hint beside the action it runs. */
export function KeyCap({ children, plain = false }: { readonly children: string; readonly plain?: boolean }) {
  return <kbd className={plain ? 'sl-key sl-key-plain' : 'sl-key'}>{children}</kbd>;
}
