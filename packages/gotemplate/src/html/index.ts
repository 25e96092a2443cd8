// Escaping by context, as html/template does it. In: the definitions of a set. Out: for each definition and context, what
// makes each printed value safe where it stands, and the texts without comments. Promise: a value never becomes markup,
// a script or a URL of another scheme, unless it was marked as safe.

export { ARGS_TEXT, createTreeEscaper, type Escape, type TreeEscaper, type Variant } from './escape-trees.ts'
