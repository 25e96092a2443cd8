import { RE2JS } from 're2js'
import { z } from 'zod'

/** Defaults as node exporter 1.11 has them upstream (Debian's build also leaves out /mnt, /media and all of /run). */
const DISK_DEVICE_EXCLUDE = '^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$'
const MOUNT_POINTS_EXCLUDE = '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)'
const FS_TYPES_EXCLUDE =
  '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|' +
  'proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|erofs|sysfs|tracefs)$'
const NETSTAT_FIELDS =
  '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|' +
  'TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts|TCPOFOQueue|TCPRcvQDrop)|' +
  'Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|' +
  'Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$'
const VMSTAT_FIELDS = '^(oom_kill|pgpg|pswp|pg.*fault).*'

export const hostCollectorNames = [
  'arp',
  'bonding',
  'conntrack',
  'cpu',
  'cpufreq',
  'diskstats',
  'dmi',
  'edac',
  'entropy',
  'filefd',
  'filesystem',
  'hwmon',
  'kernel_hung',
  'loadavg',
  'mdadm',
  'meminfo',
  'netclass',
  'netdev',
  'netstat',
  'nvme',
  'os',
  'powersupplyclass',
  'pressure',
  'rapl',
  'schedstat',
  'selinux',
  'sockstat',
  'softnet',
  'stat',
  'tapestats',
  'textfile',
  'thermal_zone',
  'time',
  'udp_queues',
  'uname',
  'vmstat',
  'watchdog',
  'zfs',
] as const

export type HostCollectorName = (typeof hostCollectorNames)[number]

const names = new Set<string>(hostCollectorNames)

const regex = (byDefault: string, description: string) =>
  z.string().refine(compiles, 'not a regular expression of RE2').default(byDefault).describe(description)

function compiles(pattern: string): boolean {
  try {
    RE2JS.compile(pattern)
    return true
  } catch {
    return false
  }
}

/**
 * Settings of the host collector, in the shape of `collectors.host` of binnacle.yml. Regexes are RE2 and not anchored;
 * an empty one matches nothing.
 */
export const hostOptionsSchema = z.strictObject({
  procfs: z.string().default('/proc').describe('where /proc of the observed host is mounted'),
  sysfs: z.string().default('/sys').describe('where /sys of the observed host is mounted'),
  rootfs: z.string().default('/').describe('where the root file system of the observed host is mounted'),
  udev_data: z.string().default('/run/udev/data').describe('directory with what udev knows of the disks'),
  timeout_ms: z
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe('a collector that takes longer (ms) is left'),
  families: z
    .record(
      z.string().refine((name) => names.has(name), 'no collector has this name'),
      z.boolean(),
    )
    .default({})
    .describe('collectors by name: false switches one off'),
  arp: z.strictObject({ device_exclude: regex('', 'network devices whose neighbours are left out') }).prefault({}),
  diskstats: z
    .strictObject({ device_exclude: regex(DISK_DEVICE_EXCLUDE, 'block devices that are left out') })
    .prefault({}),
  filesystem: z
    .strictObject({
      mount_points_exclude: regex(MOUNT_POINTS_EXCLUDE, 'mount points that are left out'),
      fs_types_exclude: regex(FS_TYPES_EXCLUDE, 'file system types that are left out'),
    })
    .prefault({}),
  hwmon: z
    .strictObject({
      chip_exclude: regex('', 'sensor chips that are left out'),
      sensor_exclude: regex('', 'sensors (`chip;sensor`) that are left out'),
    })
    .prefault({}),
  netclass: z
    .strictObject({ ignored_devices: regex('^$', 'network devices whose properties are left out') })
    .prefault({}),
  netdev: z.strictObject({ device_exclude: regex('', 'network devices whose traffic is left out') }).prefault({}),
  netstat: z.strictObject({ fields: regex(NETSTAT_FIELDS, 'fields of netstat and snmp that are taken') }).prefault({}),
  powersupplyclass: z.strictObject({ ignored_supplies: regex('^$', 'power supplies that are left out') }).prefault({}),
  tapestats: z.strictObject({ ignored_devices: regex('^$', 'tape drives that are left out') }).prefault({}),
  textfile: z
    .strictObject({
      directories: z
        .array(z.string())
        .default([])
        .describe('directories whose `*.prom` files are added (write a file under another name, then rename it)'),
    })
    .prefault({}),
  vmstat: z.strictObject({ fields: regex(VMSTAT_FIELDS, 'fields of vmstat that are taken') }).prefault({}),
})

export type HostOptions = z.infer<typeof hostOptionsSchema>
export type HostOptionsInput = z.input<typeof hostOptionsSchema>
