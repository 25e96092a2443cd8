// The collectors of Linux, by the names node exporter gives them (`node_scrape_collector_success{collector=...}`).
// Each reads one family of files and knows nothing of the others.
// Promise: a collector reads only through CollectorEnv, so that the host may lie under other prefixes.

export { linuxCollectors } from './catalogue.ts'
