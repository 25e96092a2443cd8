// The first page: one sentence on the state of everything, this host and Binnacle itself live, ways to send more.
// In: node exporter's metrics of job="host", Binnacle's own of job="binnacle", the targets. Out: `HomePage`.
// Promise: it moves within seconds of the first start, with nothing configured; what is off screen asks nothing.

export { HomePage } from './home-page.tsx'
