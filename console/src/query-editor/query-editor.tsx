import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  completionStatus,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching } from '@codemirror/language';
import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder as placeholderText } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { editorTheme } from './editor-theme.ts';
import { queryLanguage } from './query-language.ts';

/** A place in the query with something to say about it; offsets in UTF-16 units, `[from, to)`. */
export interface QueryMark {
  readonly from: number;
  readonly to: number;
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

interface QueryEditorProps {
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  readonly marks: readonly QueryMark[];
  readonly complete: CompletionSource;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  readonly onEscape: () => void;
  /** Receives the function that moves the keyboard into the editor. */
  readonly focusRef?: { current: (() => void) | null };
}

/** CodeMirror with the colours of search, SQL and SPL. Ctrl Enter runs, Escape cancels or leaves. */
export function QueryEditor({ value, label, placeholder, marks, complete, onChange, onRun, onEscape, focusRef }: QueryEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const handlers = useRef({ onChange, onRun, onEscape, complete });
  handlers.current = { onChange, onRun, onEscape, complete };

  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: value,
        extensions: [
          Prec.highest(
            keymap.of([
              {
                key: 'Mod-Enter',
                run: () => {
                  handlers.current.onRun();
                  return true;
                },
              },
              {
                key: 'Escape',
                run: (at) => {
                  if (completionStatus(at.state) !== null) return false;
                  handlers.current.onEscape();
                  at.contentDOM.blur();
                  return true;
                },
              },
            ]),
          ),
          lineNumbers(),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ override: [(context) => handlers.current.complete(context)], icons: false }),
          keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          queryLanguage,
          editorTheme,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false' }),
          placeholderText(placeholder),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (focusRef) focusRef.current = () => editor.focus();
    return () => {
      if (focusRef) focusRef.current = null;
      editor.destroy();
      view.current = null;
    };
    // The editor is made once per language of the console; later values arrive through the effects below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [label, placeholder]);

  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const length = editor.state.doc.length;
    const diagnostics: Diagnostic[] = marks.map((mark) => {
      const from = Math.max(0, Math.min(mark.from, length));
      return { from, to: Math.max(from, Math.min(mark.to, length)), message: mark.message, severity: mark.severity };
    });
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [marks]);

  return <div ref={host} className="sl-query-editor" />;
}
