import os from 'node:os'
import type { CollectorFactory } from '../collector.ts'
import { labels } from '../metric-text.ts'

/** Kernel and host name. */
export const createUname: CollectorFactory = ({ files, proc }) => {
  return async (out) => {
    const domain = await files.attribute(proc('sys/kernel/domainname'))
    out
      .gauge('node_uname_info', 'Labeled system information as provided by the uname system call.')
      .add(
        1,
        labels(
          ...['domainname', domain ?? '(none)', 'machine', os.machine(), 'nodename', os.hostname()],
          ...['release', os.release(), 'sysname', os.type(), 'version', os.version()],
        ),
      )
  }
}
