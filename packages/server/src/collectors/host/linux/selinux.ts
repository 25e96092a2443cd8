import type { CollectorFactory } from '../collector.ts'

const MODES: Readonly<Record<string, number>> = { enforcing: 1, permissive: 0, disabled: -1 }

/** SELinux is on when its file system is mounted. */
export const createSelinux: CollectorFactory = ({ files, sys, root }) => {
  return async (out) => {
    const enforce = await files.attribute(sys('fs/selinux/enforce'))
    const enabled = out.gauge('node_selinux_enabled', 'SELinux is enabled, 1 is true, 0 is false')
    enabled.add(enforce === undefined ? 0 : 1)
    if (enforce === undefined) return
    const config = (await files.fresh(root('etc/selinux/config'))) ?? ''
    const mode = /^\s*SELINUX\s*=\s*(\w+)/m.exec(config)?.[1]?.toLowerCase() ?? 'disabled'
    out.gauge('node_selinux_config_mode', 'Configured SELinux enforcement mode').add(MODES[mode] ?? -1)
    out.gauge('node_selinux_current_mode', 'Current SELinux enforcement mode').add(enforce === '1' ? 1 : 0)
  }
}
