// A parsed query back to text. In: `Expr`. Out: one line (`formatExpr`) or lines of about 100 characters (`formatPretty`),
// in Prometheus's style. Promise: parsing the text gives the same tree again, but for positions.

export { formatExpr, formatPretty } from './format.ts'
