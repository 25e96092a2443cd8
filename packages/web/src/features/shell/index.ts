// The frame around every page: navigation, top bar (palette, time range, refresh, theme), keys, lost connection.
// In: the list of pages and the router's outlet. Out: `Shell`.
// Promise: every key that it binds has a visible button that does the same.

export { Shell } from './shell.tsx'
