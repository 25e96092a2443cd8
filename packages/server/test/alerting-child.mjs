// A process with alerting and nothing else, for kill -9: alerts come by messages and are answered once they are taken.
// Arguments: the state file, the file of an alertmanager.yml.
import { readFileSync } from 'node:fs'
import { checkAlertmanagerConfig, createAlerting, createTemplates, toAlertingConfig } from '../dist/alerting/index.js'
import { createState } from '../dist/state/index.js'
import { createRegistry, silentLogger, systemClock } from '../dist/telemetry/index.js'

const [stateFile, configFile] = process.argv.slice(2)
const base = { clock: systemClock, log: silentLogger, registry: createRegistry() }
const { signal } = new AbortController()
const state = createState(base, { file: stateFile })
const alerting = createAlerting({ ...base, state })
const { config, errors } = checkAlertmanagerConfig(readFileSync(configFile, 'utf8'), configFile, { environment: {} })
if (config === undefined) throw errors[0]
await state.start(signal)
await alerting.apply(
  toAlertingConfig(config, {
    ...base,
    templates: createTemplates({ files: [], externalUrl: 'http://binnacle' }, systemClock),
    userAgent: 'test',
    hostname: 'test',
    environment: {},
  }),
)
await alerting.start(signal)
process.on('message', ({ id, alerts }) => {
  alerting.receive(alerts).then(
    () => process.send({ id }),
    (error) => process.send({ id, error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
process.send({ ready: true })
