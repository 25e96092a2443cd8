import type { CollectorFactory } from '../collector.ts'
import type { HostCollectorName } from '../config.ts'
import { createArp } from './arp.ts'
import { createBonding } from './bonding.ts'
import { createConntrack } from './conntrack.ts'
import { createCpu } from './cpu.ts'
import { createCpufreq } from './cpufreq.ts'
import { createDiskstats } from './diskstats.ts'
import { createDmi } from './dmi.ts'
import { createEdac } from './edac.ts'
import { createEntropy } from './entropy.ts'
import { createFilefd } from './filefd.ts'
import { createFilesystem } from './filesystem.ts'
import { createHwmon } from './hwmon.ts'
import { createKernelHung } from './kernel-hung.ts'
import { createLoadavg } from './loadavg.ts'
import { createMdadm } from './mdadm.ts'
import { createMeminfo } from './meminfo.ts'
import { createNetclass } from './netclass.ts'
import { createNetdev } from './netdev.ts'
import { createNetstat } from './netstat.ts'
import { createNvme } from './nvme.ts'
import { createOsRelease } from './os-release.ts'
import { createPowerSupply } from './power-supply.ts'
import { createPressure } from './pressure.ts'
import { createRapl } from './rapl.ts'
import { createSchedstat } from './schedstat.ts'
import { createSelinux } from './selinux.ts'
import { createSockstat } from './sockstat.ts'
import { createSoftnet } from './softnet.ts'
import { createStat } from './stat.ts'
import { createTapestats } from './tapestats.ts'
import { createTextfile } from './textfile.ts'
import { createThermalZone } from './thermal-zone.ts'
import { createTime } from './time.ts'
import { createUdpQueues } from './udp-queues.ts'
import { createUname } from './uname.ts'
import { createVmstat } from './vmstat.ts'
import { createWatchdog } from './watchdog.ts'
import { createZfs } from './zfs.ts'

/** By the names of node exporter. Last stands what may give any family: of a family in two places the first counts. */
const table: Readonly<Record<HostCollectorName, CollectorFactory>> = {
  arp: createArp,
  bonding: createBonding,
  conntrack: createConntrack,
  cpu: createCpu,
  cpufreq: createCpufreq,
  diskstats: createDiskstats,
  dmi: createDmi,
  edac: createEdac,
  entropy: createEntropy,
  filefd: createFilefd,
  filesystem: createFilesystem,
  hwmon: createHwmon,
  kernel_hung: createKernelHung,
  loadavg: createLoadavg,
  mdadm: createMdadm,
  meminfo: createMeminfo,
  netclass: createNetclass,
  netdev: createNetdev,
  netstat: createNetstat,
  nvme: createNvme,
  os: createOsRelease,
  powersupplyclass: createPowerSupply,
  pressure: createPressure,
  rapl: createRapl,
  schedstat: createSchedstat,
  selinux: createSelinux,
  sockstat: createSockstat,
  softnet: createSoftnet,
  stat: createStat,
  tapestats: createTapestats,
  thermal_zone: createThermalZone,
  time: createTime,
  udp_queues: createUdpQueues,
  uname: createUname,
  vmstat: createVmstat,
  watchdog: createWatchdog,
  zfs: createZfs,
  textfile: createTextfile,
}

export const linuxCollectors: ReadonlyMap<string, CollectorFactory> = new Map(Object.entries(table))
