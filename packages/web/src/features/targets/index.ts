// What is scraped: targets by job with their state, last scrape, labels before and after relabelling, raw answers on
// demand, dropped targets with the reason, and what the configuration files say that is wrong or not used yet.
// In: the Targets API. Out: `TargetsPage`. Promise: filters and the open target are in the address.

export { TargetsPage } from './targets-page.tsx'
