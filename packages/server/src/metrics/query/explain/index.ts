// How a query is evaluated: its tree with what each node gave, read and cost, likely mistakes, and why selectors are
// empty. In: a query. Out: plain data for pages and terminals. Promise: what it says of a node was measured in one
// evaluation of that very query; looking for reasons costs index look-ups only.

export { createExplain } from './create-explain.ts'
