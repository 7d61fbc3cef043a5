import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const style = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--sl-syn-field)' },
  { tag: tags.string, color: 'var(--sl-syn-string)' },
  { tag: tags.number, color: 'var(--sl-syn-number)' },
  { tag: tags.keyword, color: 'var(--sl-syn-keyword)', fontWeight: '700' },
  { tag: tags.function(tags.variableName), color: 'var(--sl-accent)' },
  { tag: tags.controlOperator, color: 'var(--sl-syn-pipe)', fontWeight: '700' },
  { tag: tags.operator, color: 'var(--sl-text2)' },
  { tag: tags.comment, color: 'var(--sl-text3)' },
]);

/** Colours come from CSS variables, so a theme switch needs no new editor. */
export const editorTheme = [
  syntaxHighlighting(style),
  EditorView.theme({
    '&': { fontSize: '12.5px', color: 'var(--sl-text)', backgroundColor: 'transparent', height: '100%' },
    '&.cm-focused': { outline: 'none' },
    '.cm-scroller': { fontFamily: 'var(--sl-mono)', lineHeight: '20px', fontFeatureSettings: '"tnum", "zero", "calt" 0' },
    '.cm-content': { padding: '7px 0', caretColor: 'var(--sl-accent)' },
    '.cm-cursor': { borderLeftColor: 'var(--sl-accent)', borderLeftWidth: '2px' },
    '.cm-gutters': { backgroundColor: 'transparent', border: 'none', color: 'var(--sl-text3)', fontSize: '11px', paddingLeft: '6px' },
    '.cm-lineNumbers .cm-gutterElement': { padding: '0 8px 0 4px', minWidth: '16px' },
    '.cm-placeholder': { color: 'var(--sl-text3)' },
    '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
      backgroundColor: 'color-mix(in srgb, var(--sl-accent) 26%, transparent) !important',
    },
    '.cm-matchingBracket': { backgroundColor: 'var(--sl-selected)', outline: '1px solid var(--sl-accent-border)' },
    '.cm-tooltip': {
      backgroundColor: 'var(--sl-raised)',
      border: '1px solid var(--sl-border)',
      borderRadius: '6px',
      boxShadow: 'var(--sl-shadow)',
      color: 'var(--sl-text)',
    },
    '.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--sl-mono)', fontSize: '12px', maxHeight: '240px' },
    '.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', lineHeight: '18px' },
    '.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--sl-selected)', color: 'var(--sl-text)' },
    '.cm-completionDetail': { color: 'var(--sl-text3)', fontStyle: 'normal', marginLeft: '12px' },
    '.cm-completionMatchedText': { textDecoration: 'none', color: 'var(--sl-accent)' },
    '.cm-lintRange-error': { backgroundImage: 'none', textDecoration: 'underline wavy var(--sl-crit-fill)', textUnderlineOffset: '3px' },
    '.cm-lintRange-warning': {
      backgroundImage: 'none',
      textDecoration: 'underline wavy var(--sl-medium-fill)',
      textUnderlineOffset: '3px',
    },
    '.cm-diagnostic': { fontFamily: 'var(--sl-sans)', fontSize: '12px', borderLeftWidth: '3px' },
  }),
];
