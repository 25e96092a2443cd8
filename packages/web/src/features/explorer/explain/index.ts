// How a query is evaluated. In: a query and the page's range. Out: its tree with series, samples and time of each part,
// and remarks where they belong, some with one click to what mends them. Promise: asked once, not at the page's pace.

export { ExplainPanel, type ExplainPanelProps } from './explain-panel.tsx'
