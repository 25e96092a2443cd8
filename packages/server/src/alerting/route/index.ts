// From an alert to its routes, and from a route to the group that an alert joins there.
// In: the route tree, labels. Out: routes in the order of the file; group labels and group key.
// Promise: the same routes and the same keys as Alertmanager's, for any tree.

export { groupOf, matchRoutes, walkRoutes } from './match-routes.ts'
