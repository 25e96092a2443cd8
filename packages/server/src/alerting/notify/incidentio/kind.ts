import { receiverKind } from '../receiver-kind.ts'
import { checkIncidentio, incidentioSchema } from './config.ts'
import { createIncidentio } from './incidentio.ts'

export const incidentioKind = receiverKind({
  section: 'incidentio_configs',
  kind: 'incidentio',
  schema: incidentioSchema,
  check: checkIncidentio,
  create: createIncidentio,
})
