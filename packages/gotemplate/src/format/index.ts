// Go's package fmt and what it needs of strconv: values to text. In: template values. Out: the text Go prints.
// Promise: the same characters as Go for every verb and flag, error forms included; the text is bounded while it is made.

export { escapeHtml, escapeQuery } from './escapes.ts'
export { formatFloat, shortestFloat } from './float-text.ts'
export { printedValue, sprint, sprintf, sprintln } from './printer.ts'
export { isPrintable, quoteText } from './quote.ts'
export { utf8Bytes, utf8Length } from './utf8.ts'
