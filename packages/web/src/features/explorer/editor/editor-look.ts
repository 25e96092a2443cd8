import { HighlightStyle } from '@codemirror/language'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

export const look = EditorView.theme({
  '&': { fontSize: '13px', backgroundColor: 'transparent', color: 'var(--bn-text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-content': {
    fontFamily: 'var(--bn-mono)',
    fontVariantLigatures: 'none',
    caretColor: 'var(--bn-text)',
    padding: '7px 0',
    lineHeight: '20px',
  },
  '.cm-line': { padding: '0 2px' },
  '.cm-cursor': { borderLeftColor: 'var(--bn-text)' },
  '.cm-placeholder': { color: 'var(--bn-text-muted)' },
  '.cm-matchingBracket, .cm-nonmatchingBracket': { backgroundColor: 'transparent' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--bn-accent-soft)',
    outline: '1px solid var(--bn-accent)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--bn-critical-soft)' },
  '.cm-lintRange': { backgroundImage: 'none', paddingBottom: '1px' },
  '.cm-lintRange-warning': { backgroundImage: 'none', borderBottom: '2px dotted var(--bn-warning)' },
  '.cm-lintRange-info': { backgroundImage: 'none', borderBottom: '2px dotted var(--bn-info)' },
  '.cm-lintPoint::after': { display: 'none' },
  '.cm-lintRange-error': { backgroundImage: 'none', borderBottom: '2px dotted var(--bn-critical)' },
  '.cm-tooltip': {
    border: '0',
    borderRadius: '6px',
    backgroundColor: 'var(--bn-surface)',
    boxShadow: 'var(--bn-shadow-float)',
    color: 'var(--bn-text)',
    maxWidth: '480px',
  },
  '.cm-tooltip-section:not(:first-child)': { borderTop: '1px solid var(--bn-line)' },
  '.cm-bn-hover': { padding: '8px 12px', fontSize: '12px' },
  '.cm-bn-hover b': { fontFamily: 'var(--bn-mono)', fontWeight: '600' },
  '.cm-bn-hover p': { marginTop: '3px', color: 'var(--bn-text-muted)', whiteSpace: 'pre-wrap' },
  '.cm-diagnostic': { padding: '6px 10px', fontSize: '12px', borderLeft: '3px solid var(--bn-info)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bn-critical)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--bn-warning)' },
  '.cm-diagnosticAction': {
    marginLeft: '8px',
    padding: '1px 7px',
    borderRadius: '4px',
    backgroundColor: 'var(--bn-accent-soft)',
    color: 'var(--bn-text)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--bn-mono)', fontSize: '12px', maxHeight: '260px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 10px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--bn-accent-soft)',
    color: 'var(--bn-text)',
  },
  '.cm-completionDetail': { color: 'var(--bn-text-muted)', fontStyle: 'normal', marginLeft: '12px' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700', color: 'var(--bn-accent)' },
  '.cm-completionInfo': { padding: '8px 12px', fontSize: '12px', maxWidth: '340px' },
  '.cm-completionLabel': { overflow: 'hidden', textOverflow: 'ellipsis' },
})

export const colors = HighlightStyle.define([
  { tag: [tags.function(tags.variableName), tags.operatorKeyword, tags.modifier], color: 'var(--bn-code-word)' },
  { tag: tags.keyword, color: 'var(--bn-code-word)' },
  { tag: tags.labelName, color: 'var(--bn-code-label)' },
  { tag: tags.string, color: 'var(--bn-code-text)' },
  { tag: tags.number, color: 'var(--bn-code-number)' },
  { tag: [tags.operator, tags.paren, tags.squareBracket, tags.brace], color: 'var(--bn-text-muted)' },
  { tag: tags.comment, color: 'var(--bn-text-muted)', fontStyle: 'italic' },
])
