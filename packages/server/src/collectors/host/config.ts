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
] as const

export type HostCollectorName = (typeof hostCollectorNames)[number]

/** Settings of the host collector. Regexes are RE2 and not anchored; an empty one matches nothing. */
export const hostOptionsSchema = z.strictObject({
  procfs: z.string().default('/proc').describe('where /proc of the observed host is mounted'),
  sysfs: z.string().default('/sys').describe('where /sys of the observed host is mounted'),
  rootfs: z.string().default('/').describe('where the root file system of the observed host is mounted'),
  udev_data: z.string().default('/run/udev/data').describe('directory with what udev knows of the disks'),
  disable: z.array(z.enum(hostCollectorNames)).default([]).describe('collectors that do not run'),
  timeout_ms: z
    .number()
    .int()
    .min(100)
    .max(60_000)
    .default(2000)
    .describe('a collector that takes longer (ms) is left'),
  filesystem_mount_points_exclude: z.string().default(MOUNT_POINTS_EXCLUDE).describe('mount points that are left out'),
  filesystem_fs_types_exclude: z.string().default(FS_TYPES_EXCLUDE).describe('file system types that are left out'),
  diskstats_device_exclude: z.string().default(DISK_DEVICE_EXCLUDE).describe('block devices that are left out'),
  netdev_device_exclude: z.string().default('').describe('network devices whose traffic is left out'),
  netclass_ignored_devices: z.string().default('^$').describe('network devices whose properties are left out'),
  arp_device_exclude: z.string().default('').describe('network devices whose neighbours are left out'),
  hwmon_chip_exclude: z.string().default('').describe('sensor chips that are left out'),
  hwmon_sensor_exclude: z.string().default('').describe('sensors (chip;sensor) that are left out'),
  powersupply_ignored_supplies: z.string().default('^$').describe('power supplies that are left out'),
  tapestats_ignored_devices: z.string().default('^$').describe('tape drives that are left out'),
  netstat_fields: z.string().default(NETSTAT_FIELDS).describe('fields of netstat and snmp that are taken'),
  vmstat_fields: z.string().default(VMSTAT_FIELDS).describe('fields of vmstat that are taken'),
  textfile_directories: z
    .array(z.string())
    .default([])
    .describe('directories whose *.prom files are added (a file must be written under another name and renamed)'),
})

export type HostOptions = z.infer<typeof hostOptionsSchema>
export type HostOptionsInput = z.input<typeof hostOptionsSchema>
