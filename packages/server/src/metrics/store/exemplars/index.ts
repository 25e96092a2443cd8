// Exemplars: single measurements with a trace id or the like, kept beside the samples of their series.
// In: exemplars by series; they wait in memory until the log's next write takes them along. Out: those of some series in a
// range of time, the newest up to a limit.
// Promise: what was accepted is read at once and survives a crash once its write was confirmed; none is read twice.

export { createExemplarBook, type Exemplar, type ExemplarBook } from './exemplar-book.ts'
export { type ExemplarQuery, type FoundExemplars, findSeriesWithExemplars, readExemplars } from './read-exemplars.ts'
