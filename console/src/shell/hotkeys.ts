import { useEffect, useRef } from 'react';

/** A shortcut: `j`, `Enter`, `Ctrl+k`, `Shift+ArrowDown`, `Space`, or a sequence such as `g l`. */
export interface Hotkey {
  readonly keys: string;
  /** Shown by `?`; absent: not listed. */
  readonly does?: string;
  /** Works while typing in a field too (`Ctrl+Enter`, `Escape`). */
  readonly whileTyping?: boolean;
  /** Answers false to let the key go on to the next binding or the browser. */
  readonly run: (event: KeyboardEvent) => boolean | void;
}

interface Layer {
  readonly list: { current: readonly Hotkey[] };
}

const layers: Layer[] = [];
let pending = '';
let pendingSinceMs = 0;
let singleKeys = true;

/** How long `g` waits for its second key. */
const SEQUENCE_MS = 1200;

/** Off: only keys with Ctrl or Alt and those marked `whileTyping` work. */
export function allowSingleKeys(allowed: boolean): void {
  singleKeys = allowed;
}

/** What works now, innermost page first. */
export function activeHotkeys(): readonly Hotkey[] {
  return layers.toReversed().flatMap((layer) => layer.list.current);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/u.test(target.tagName);
}

/** Buttons and links keep Enter and Space for themselves. */
function ownsActivation(target: EventTarget | null, key: string): boolean {
  return (
    (key === 'Enter' || key === 'Space') &&
    target instanceof HTMLElement &&
    target.closest('button, a, [role="menuitem"], [role="tab"], [role="option"]') !== null
  );
}

/** `Ctrl+Shift+k`; letters in lower case, shift only where the key itself does not say it. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key === ' ' ? 'Space' : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const withShift = event.shiftKey && (key.length > 1 || /[a-z]/u.test(key));
  return `${event.ctrlKey || event.metaKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${withShift ? 'Shift+' : ''}${key}`;
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return;
  const name = keyName(event);
  const typing = isTyping(event.target);
  const single = !/^(Ctrl|Alt)\+/u.test(name);
  const sequence = pending !== '' && event.timeStamp - pendingSinceMs < SEQUENCE_MS ? `${pending} ${name}` : '';
  pending = '';
  for (const wanted of sequence === '' ? [name] : [sequence, name]) {
    for (const layer of layers.toReversed()) {
      for (const hotkey of layer.list.current) {
        if (hotkey.keys !== wanted) continue;
        if (typing && hotkey.whileTyping !== true) continue;
        if (single && !singleKeys && hotkey.whileTyping !== true && !/^(Enter|Escape|Arrow)/u.test(wanted)) continue;
        if (ownsActivation(event.target, name)) continue;
        if (hotkey.run(event) !== false) {
          event.preventDefault();
          return;
        }
      }
    }
  }
  if (!typing && singleKeys && activeHotkeys().some((hotkey) => hotkey.keys.startsWith(`${name} `))) {
    pending = name;
    pendingSinceMs = event.timeStamp;
  }
}

/** Registers shortcuts while the component is mounted; a later mounted component is asked first. */
export function useHotkeys(hotkeys: readonly Hotkey[]): void {
  const list = useRef(hotkeys);
  list.current = hotkeys;
  useEffect(() => {
    const layer: Layer = { list };
    if (layers.length === 0) window.addEventListener('keydown', onKeyDown);
    layers.push(layer);
    return () => {
      layers.splice(layers.indexOf(layer), 1);
      if (layers.length === 0) window.removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
