// `binnacle alert`: alerts, their history and their messages from the command line.
// In: flags, a running Binnacle or an alertmanager.yml. Out: tables or JSON; exit code 1 when a message was not delivered.
// Promise: rendering sends nothing, and shows no secret.

export { addAlert } from './alert.ts'
