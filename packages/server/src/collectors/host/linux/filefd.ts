import type { CollectorFactory } from '../collector.ts'
import { fields, toNumber } from '../parse.ts'

/** Open files of the whole host: allocated, (unused), maximum. */
export const createFilefd: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const [allocated, , maximum] = fields(await files.text(proc('sys/fs/file-nr')))
    out
      .gauge('node_filefd_allocated', 'File descriptor statistics: allocated.')
      .add(toNumber(allocated, 'file-nr allocated'))
    out.gauge('node_filefd_maximum', 'File descriptor statistics: maximum.').add(toNumber(maximum, 'file-nr maximum'))
  }
}
