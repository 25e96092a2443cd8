import { expect, test } from 'vitest'
import { buildOptions, type ChartTheme, toPlotData, valueRange, withAlpha } from './build-options.ts'
import { type ChartFrame, figuresOf, stackColumns } from './frame.ts'
import { quietSeries } from './legend.tsx'
import { PALETTE_SIZE, paletteOf, seriesKey } from './series-color.ts'

const theme: ChartTheme = {
  text: '#111111',
  grid: '#222222',
  surface: '#ffffff',
  font: '11px sans-serif',
  area: 0.1,
  stack: 0.2,
  color: (token) => (token === 's1' ? '#0000ff' : '#00ff00'),
}
const frame: ChartFrame = {
  times: [0, 5, 10],
  series: [
    { key: 'a', name: 'a', color: 's1', values: [1, null, 3] },
    { key: 'b', name: 'b', color: 's2', values: [10, null, null] },
  ],
}
const events = { onZoom: () => {}, onCursor: () => {} }

test('a stacked chart draws sums, keeps a gap that all series share, and bands each series on the one below', () => {
  const look = { kind: 'stacked', unit: 'number' } as const
  expect(toPlotData(frame, look)).toEqual([
    [0, 5, 10],
    [1, null, 3],
    [11, null, 3],
  ])
  expect(buildOptions(frame, look, theme, events).bands).toEqual([{ series: [2, 1] }])
})

test('lines are drawn as they came, each in the colour of its token', () => {
  const look = { kind: 'lines', unit: 'number' } as const
  expect(toPlotData(frame, look)[1]).toBe(frame.series[0]!.values)
  const { series } = buildOptions(frame, look, theme, events)
  expect(series.slice(1).map((s) => s.stroke)).toEqual(['#0000ff', '#00ff00'])
})

test.for([
  [1, 10, [0, 10.8], 'holds zero when the data come near it'],
  [1000, 1010, [999.2, 1010.8], 'leaves zero out when the data lie far from it'],
  [650, 650.01, [648.12, 651.89], 'does not blow up the last digits'],
  [5, 5, [0, 5.4], 'shows a flat line against zero'],
  [null, null, [0, 1], 'is 0 to 1 without data'],
] as const)('the value axis of %f to %f is %j: it %s', ([low, high, ends]) => {
  const [from, to] = valueRange(low, high, { kind: 'lines', unit: 'number' })
  expect(from).toBeCloseTo(ends[0])
  expect(to).toBeCloseTo(ends[1])
})

test('figures of a series skip its gaps', () => {
  expect(figuresOf([2, null, 4, null])).toEqual({ last: 4, max: 4, mean: 3 })
  expect(figuresOf([null])).toEqual({ last: null, max: null, mean: null })
})

test('stacking nothing gives nothing', () => expect(stackColumns([], 3)).toEqual([]))

test('a series keeps its colour whatever its place', () => {
  const keys = ['job="a"', 'job="b"', 'job="c"']
  const forward = paletteOf(keys)
  expect(paletteOf([...keys].reverse())).toEqual([...forward].reverse())
})

test('up to eight series of a chart have eight colours', () => {
  const keys = Array.from({ length: PALETTE_SIZE }, (_x, i) => seriesKey({ instance: `host-${i}` }))
  expect(new Set(paletteOf(keys)).size).toBe(PALETTE_SIZE)
})

test('the order of labels does not matter for a key', () => {
  expect(seriesKey({ b: '1', a: '2' })).toBe(seriesKey({ a: '2', b: '1' }))
})

test('an opacity becomes two hex digits', () => expect(withAlpha('#112233', 0.1)).toBe('#1122331a'))

test('series that are zero throughout share one entry of a long legend, not of a short one', () => {
  const series = [1, 0, 2, 0, 3, 0].map((v, i) => ({ key: `${i}`, name: `${i}`, color: 's1', values: [null, v] }))
  expect(quietSeries(series).map((s) => s.key)).toEqual(['1', '3', '5'])
  expect(quietSeries(series.slice(0, 4))).toEqual([])
  expect(quietSeries(series.map((s) => ({ ...s, values: [0, 0] })))).toEqual([])
})

test('a colour that the build has shortened keeps its colour when it is made transparent', () => {
  expect([withAlpha('#fff', 0.85), withAlpha('#ffffff', 0.85), withAlpha('#1c2', 1)]).toEqual([
    '#ffffffd9',
    '#ffffffd9',
    '#11cc22ff',
  ])
})
