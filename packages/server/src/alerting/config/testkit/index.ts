// Cases of alertmanager.yml, good and bad, for tests of ours and for comparing with the real amtool.
// In: nothing. Out: texts with what is to be found in them. Promise: each is about one thing and says so in its name.

export { type ConfigCase, configCases } from './config-cases.ts'
export { mutatedConfigs } from './mutate-config.ts'
export { type ReceiverCases, receiverCases } from './receiver-cases.ts'
