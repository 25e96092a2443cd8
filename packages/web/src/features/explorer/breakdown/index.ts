// A query taken apart: one small chart a label, then one a value, with include and exclude.
// In: a query, the label in force. Out: the charts, and the queries that they lead to. Promise: only charts in sight ask.

export { Breakdown, type BreakdownProps } from './breakdown.tsx'
