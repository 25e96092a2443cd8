// The PromQL editor of the explorer. In: a query's text, metadata, what to mark in it. Out: the text as it is typed, and
// the wish to run it. Promise: completion offers what exists where the cursor is, best first, and never holds up typing;
// problems stand at their place, with one click to what mends them.

export { Editor, type EditorProps } from './editor.tsx'
export { hintsOf, placedRemark, problemOf, type QueryProblem } from './problems.ts'
