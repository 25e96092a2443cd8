// Charts over time: a canvas with axes, crosshair, tooltip, legend and table, a heatmap of histograms, and a small line
// for tiles and lists.
// In: columns on one grid, series with a key, a name and a colour token, and a look (lines or stacked, unit).
// Promise: what a chart shows can also be read by keyboard and as a table; colours follow the series, not its place.

export { ChartView, type ChartViewProps } from './chart-view.tsx'
export {
  type ChartBand,
  type ChartFrame,
  type ChartKind,
  type ChartLook,
  type ChartMark,
  type ChartSeries,
  type ChartSpan,
  figuresOf,
  type Threshold,
} from './frame.ts'
export { type HeatFrame, heatOfBuckets, heatOfHistograms } from './heat-frame.ts'
export { HeatMap, type HeatMapProps } from './heat-map.tsx'
export { CopySeries, type LegendSort } from './legend.tsx'
export { paletteOf, seriesKey } from './series-color.ts'
export { Sparkline } from './sparkline.tsx'
export { Swatch } from './swatch.tsx'
