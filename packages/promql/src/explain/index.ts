// What a query did, as a tree of plain data: in: the tree of the query and the explainer that followed its evaluation.
// Out: for each node its series, values, steps, time and reads, with remarks where they belong. Promise: parentheses are
// left out, everything else of the query is there once, in the order of evaluation.

export { type ExplainNode, type ExplainRemark, explainTree } from './tree.ts'
