import { BinnacleError } from '../../config/index.ts'
import type { DoctorPart } from '../parts.ts'
import { type HttpApp, route } from '../router.ts'
import type { ToHandler } from './alerting/index.ts'

/**
 * `GET /doctor`: the last report; `/doctor/summary`: its figures; `POST /doctor/run`: looks now and answers with the
 * report. `report` is absent before the first look.
 */
export function mountDoctor(app: HttpApp, doctor: DoctorPart | undefined, json: ToHandler): void {
  const part = () => {
    if (doctor === undefined) {
      throw new BinnacleError('http.unknown_path', 'nothing is alerted upon here', { kind: 'missing' })
    }
    return doctor
  }
  route(
    app,
    ['GET'],
    '/api/app/doctor',
    json(() => part().view()),
  )
  route(
    app,
    ['GET'],
    '/api/app/doctor/summary',
    json(() => {
      const { report, error, isRunning } = part().view()
      if (report === undefined) return { error, isRunning }
      const { atMs, findings, alerts, recordings } = report
      return { atMs, findings, alerts, recordings, error, isRunning }
    }),
  )
  route(
    app,
    ['POST'],
    '/api/app/doctor/run',
    json(() => part().run()),
    { sameSite: true },
  )
}
