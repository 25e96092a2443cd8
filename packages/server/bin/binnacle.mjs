#!/usr/bin/env node
// The command `binnacle`. Runs what `npm run build` has written.
process.setSourceMapsEnabled(true)
const { main } = await import('../dist/cli/main.js')
await main(process.argv.slice(2))
