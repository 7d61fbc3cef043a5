import { describe, expect, it } from 'vitest';
import { keyName } from './hotkeys.ts';

const press = (key: string, mods: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...mods });

describe('keyName', () => {
  it('names letters, modifiers and symbols one way on every keyboard', () => {
    expect(press('j')).toBe('j');
    expect(press('K', { ctrlKey: true })).toBe('Ctrl+k');
    expect(press('k', { metaKey: true })).toBe('Ctrl+k');
    expect(press(' ')).toBe('Space');
    expect(press('?', { shiftKey: true })).toBe('?');
    expect(press('X', { shiftKey: true })).toBe('Shift+x');
    expect(press('ArrowDown', { shiftKey: true })).toBe('Shift+ArrowDown');
    expect(press('Enter', { ctrlKey: true })).toBe('Ctrl+Enter');
  });
});
