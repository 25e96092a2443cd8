// Functions that Prometheus and Alertmanager share: numbers for humans, regexes, letters, texts marked as safe.
// In and out: template values and plain texts. Promise: the same answers and error texts as Prometheus's own.

export { toLower, toTitle, toUpper, trimSpace } from './letters.ts'
export {
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  timeOfSeconds,
  toFloat,
} from './numbers.ts'
export { matches, replaceAll } from './regexes.ts'
export { HTML, safeHtml, safeUrl, URL_TEXT } from './safe-text.ts'
