import type { StatsFs } from 'node:fs'
import path from 'node:path'
import type { CollectorEnv, CollectorFactory } from '../collector.ts'
import { codeOf } from '../file-reader.ts'
import { labels } from '../metric-text.ts'
import { createNameFilter } from '../name-filter.ts'
import { lines } from '../parse.ts'

type Mount = {
  readonly device: string
  readonly mountPoint: string
  readonly fsType: string
  readonly major: string
  readonly minor: string
  readonly readOnly: boolean
}

type Space = { size: number; free: number; avail: number; files: number; filesFree: number }
type Reply = { readonly space?: Space; readonly error: string }
type Answer = { readonly mount: Mount; readonly space?: Space; readonly error: string }

/**
 * A statfs on a dead server may hang for good, and each holds a thread of the pool. So at most this many are out at a
 * time for network file systems, and as many for local ones; hung ones count, so they never take more.
 */
const LANE_WIDTH = 2
const NETWORK = /^(?:nfs4?|cifs|smb3?|smbfs|ceph|glusterfs|lustre|gpfs|afs|9p|beegfs|ocfs2|davfs|fuse(?:\..*)?)$/

/** Share of the collector's time after which an unanswered mount is given up for the round. */
const MOUNT_TIMEOUT_RATIO = 0.5
const TIMED_OUT = 'mountpoint timeout'

/** What libc says for these, which node exporter puts into `device_error`. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EIO: 'input/output error',
  ESTALE: 'stale file handle',
  ENOTCONN: 'transport endpoint is not connected',
  ETIMEDOUT: 'connection timed out',
  EHOSTDOWN: 'host is down',
  ENODEV: 'no such device',
}

/** Size and free space of what is mounted, from mountinfo of process 1 and statfs under the root prefix. */
export const createFilesystem: CollectorFactory = (env) => {
  const mountExcluded = createNameFilter(env.options.filesystem.mount_points_exclude)
  const typeExcluded = createNameFilter(env.options.filesystem.fs_types_exclude)
  /** Mount points whose statfs is out. One that is still here at the next round is stuck. */
  const pending = { network: new Map<string, Promise<Reply>>(), local: new Map<string, Promise<Reply>>() }

  async function readMounts(): Promise<Mount[]> {
    // Process 1 sees what the host sees; where it is hidden from us (hidepid), our own view is the next best.
    const text =
      (await env.files.fresh(env.proc('1/mountinfo')).catch(() => undefined)) ??
      (await env.files.fresh(env.proc('self/mountinfo')))
    if (text === undefined) throw new Error('no mountinfo')
    return lines(text).flatMap((line) => parseMount(line, env.options.rootfs) ?? [])
  }

  async function ask(mount: Mount, lane: Map<string, Promise<Reply>>): Promise<Answer> {
    const point = mount.mountPoint
    // Two mounts on one point are one question: the upper one answers for both.
    let reply = lane.get(point)
    if (!reply) {
      reply = env.statfs(path.join(env.options.rootfs, point)).then(toReply, (error: unknown) => ({
        error: REASONS[codeOf(error)] ?? codeOf(error),
      }))
      lane.set(point, reply)
      void reply.then(() => lane.delete(point))
    }
    return { mount, ...(await withTimeout(env, reply, { error: TIMED_OUT })) }
  }

  /** Each lane asks for its mounts in order while it has a free place; what is left over has timed out. */
  async function runLane(mounts: readonly Mount[], lane: Map<string, Promise<Reply>>): Promise<Answer[]> {
    const answers = new Array<Answer>(mounts.length)
    const stuck = new Set(lane.keys())
    let next = 0
    const work = async () => {
      while (next < mounts.length) {
        const index = next++
        const mount = mounts[index]!
        const full = lane.size >= LANE_WIDTH && !lane.has(mount.mountPoint)
        const skip = full || stuck.has(mount.mountPoint)
        answers[index] = skip ? { mount, error: TIMED_OUT } : await ask(mount, lane)
      }
    }
    const places = Math.max(1, LANE_WIDTH - lane.size)
    await Promise.all(Array.from({ length: places }, work))
    return answers
  }

  return async (out) => {
    const seen = new Set<string>()
    const mounts = (await readMounts()).filter(({ device, mountPoint, fsType }) => {
      if (mountExcluded(mountPoint) || typeExcluded(fsType)) return false
      const key = `${device}\0${mountPoint}\0${fsType}`
      if (seen.has(key)) return false
      seen.add(key)
      return true
    })
    const isNetwork = (mount: Mount) => NETWORK.test(mount.fsType)
    const answers = await Promise.all([
      runLane(
        mounts.filter((mount) => !isNetwork(mount)),
        pending.local,
      ),
      runLane(mounts.filter(isNetwork), pending.network),
    ])

    const failed = out.gauge(
      'node_filesystem_device_error',
      'Whether an error occurred while getting statistics for the given device.',
    )
    const readOnly = out.gauge('node_filesystem_readonly', 'Filesystem read-only status.')
    const size = out.gauge('node_filesystem_size_bytes', 'Filesystem size in bytes.')
    const free = out.gauge('node_filesystem_free_bytes', 'Filesystem free space in bytes.')
    const avail = out.gauge('node_filesystem_avail_bytes', 'Filesystem space available to non-root users in bytes.')
    const total = out.gauge('node_filesystem_files', 'Filesystem total file nodes.')
    const totalFree = out.gauge('node_filesystem_files_free', 'Filesystem total free file nodes.')
    const info = out.gauge('node_filesystem_mount_info', 'Filesystem mount information.')
    const purgeable = out.gauge(
      'node_filesystem_purgeable_bytes',
      'Filesystem space available including purgeable space (MacOS specific).',
    )
    for (const { mount, space, error } of answers.flat()) {
      const { device, mountPoint, fsType, major, minor } = mount
      const label = labels('device', device, 'device_error', error, 'fstype', fsType, 'mountpoint', mountPoint)
      failed.add(space ? 0 : 1, label)
      readOnly.add(mount.readOnly ? 1 : 0, label)
      if (!space) continue
      size.add(space.size, label)
      free.add(space.free, label)
      avail.add(space.avail, label)
      total.add(space.files, label)
      totalFree.add(space.filesFree, label)
      info.add(1, labels('device', device, 'major', major, 'minor', minor, 'mountpoint', mountPoint))
      purgeable.add(0, label)
    }
  }
}

function toReply(fs: StatsFs): Reply {
  return {
    error: '',
    space: {
      size: fs.blocks * fs.bsize,
      free: fs.bfree * fs.bsize,
      avail: fs.bavail * fs.bsize,
      files: fs.files,
      filesFree: fs.ffree,
    },
  }
}

async function withTimeout<T>(env: CollectorEnv, work: Promise<T>, otherwise: T): Promise<T> {
  let cancel = () => {}
  const late = new Promise<T>((resolve) => {
    cancel = env.clock.after(env.options.timeout_ms * MOUNT_TIMEOUT_RATIO, () => resolve(otherwise))
  })
  const result = await Promise.race([work, late])
  cancel()
  return result
}

/**
 * `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`; blanks in names are octal.
 * Source: proc_pid_mountinfo(5).
 */
function parseMount(line: string, rootfs: string): Mount | undefined {
  const parts = line.split(' ')
  const dash = parts.indexOf('-', 6)
  const [major, minor] = (parts[2] ?? '').split(':')
  if (dash < 0 || parts[4] === undefined || major === undefined || minor === undefined) return undefined
  const superOptions = (parts[dash + 3] ?? '').split(',')
  return {
    // Left escaped: that is how node exporter names a device, and queries know it.
    device: parts[dash + 2] ?? '',
    mountPoint: withoutPrefix(unescapeOctal(parts[4]), rootfs),
    fsType: parts[dash + 1] ?? '',
    major,
    minor,
    readOnly:
      (parts[5] ?? '').split(',').includes('ro') ||
      superOptions.includes('ro') ||
      superOptions.includes('emergency_ro'),
  }
}

/** The kernel writes blank, tab, newline, backslash and # as \040, \011, \012, \134, \043. */
function unescapeOctal(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** In a container the host's `/var` may be seen as `/rootfs/var`. */
function withoutPrefix(mountPoint: string, rootfs: string): string {
  const prefix = rootfs.replace(/\/+$/, '')
  if (prefix === '' || (mountPoint !== prefix && !mountPoint.startsWith(`${prefix}/`))) return mountPoint
  return mountPoint.slice(prefix.length) || '/'
}
