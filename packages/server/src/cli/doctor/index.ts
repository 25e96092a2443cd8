// `binnacle doctor`: can each alert fire, and is somebody told? Of a running Binnacle, or offline of files and pages of
// metrics. Out: findings with their places as text or JSON; exit code 1 when there are any.
// Promise: offline and running give the same report on the same series.

export { addDoctor } from './doctor.ts'
