// Routing: where alerts go and why: the tree of routes, the path of an alert through it, inhibitions, receivers, findings.
// In: the page API of routing. Out: `RoutingPage`. Promise: nothing is sent but by the button that says so.

export { RoutingPage } from './routing-page.tsx'
