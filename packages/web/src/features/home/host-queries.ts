// What Home asks about this host, in node exporter's names. `$window` is the rate window (api/query.ts).

const HOST = 'job="host"'
const REAL_DEVICES = `${HOST},device!~"lo|veth.*|docker.*|br-.*|cali.*|cni.*|flannel.*|virbr.*"`
const REAL_DISKS = `${HOST},device!~"loop.*|ram.*|zram.*|dm-.*|md.*"`
const REAL_FILES = `${HOST},fstype!~"tmpfs|ramfs|overlay|squashfs|autofs|fuse\\\\.?.*|nsfs|rpc_pipefs|efivarfs"`

/** Several expressions as one query: each answer gets the label `part`, so that one request fills one chart. */
export function parts(byName: Readonly<Record<string, string>>): string {
  return Object.entries(byName)
    .map(([name, expr]) => `label_replace(${expr}, "part", "${name}", "", "")`)
    .join('\nor\n')
}

const CORES = `count(count by (cpu) (node_cpu_seconds_total{${HOST}}))`

// Shares are taken of all modes together, not of the number of cores: in the first minute, when a window is not full
// yet and each rate too low, they are right all the same.
const ALL_CPU = `sum(rate(node_cpu_seconds_total{${HOST}}[$window]))`

export const HOST_QUERIES = {
  cpu: parts({
    busy: `1 - sum(rate(node_cpu_seconds_total{${HOST},mode="idle"}[$window])) / ${ALL_CPU}`,
    cores: CORES,
  }),
  cpuByMode: `sum by (mode) (rate(node_cpu_seconds_total{${HOST},mode!="idle"}[$window])) / scalar(${ALL_CPU})`,
  memory: parts({
    used: `sum(1 - node_memory_MemAvailable_bytes{${HOST}} / node_memory_MemTotal_bytes{${HOST}})`,
    total: `sum(node_memory_MemTotal_bytes{${HOST}})`,
  }),
  memoryByUse: parts({
    used: `sum(node_memory_MemTotal_bytes{${HOST}} - node_memory_MemFree_bytes{${HOST}} - node_memory_Buffers_bytes{${HOST}} - node_memory_Cached_bytes{${HOST}} - node_memory_SReclaimable_bytes{${HOST}})`,
    cache: `sum(node_memory_Buffers_bytes{${HOST}} + node_memory_Cached_bytes{${HOST}} + node_memory_SReclaimable_bytes{${HOST}})`,
    free: `sum(node_memory_MemFree_bytes{${HOST}})`,
  }),
  load: parts({ load: `max(node_load1{${HOST}})`, cores: CORES }),
  disk: parts({
    read: `sum(rate(node_disk_read_bytes_total{${REAL_DISKS}}[$window]))`,
    written: `sum(rate(node_disk_written_bytes_total{${REAL_DISKS}}[$window]))`,
  }),
  network: parts({
    received: `sum(rate(node_network_receive_bytes_total{${REAL_DEVICES}}[$window]))`,
    sent: `sum(rate(node_network_transmit_bytes_total{${REAL_DEVICES}}[$window]))`,
  }),
  fullest: `max(1 - node_filesystem_avail_bytes{${REAL_FILES}} / node_filesystem_size_bytes{${REAL_FILES}})`,
  filesystems: parts({
    size: `node_filesystem_size_bytes{${REAL_FILES}}`,
    free: `node_filesystem_avail_bytes{${REAL_FILES}}`,
    inodes: `1 - node_filesystem_files_free{${REAL_FILES}} / (node_filesystem_files{${REAL_FILES}} > 0)`,
  }),
  pressure: parts({
    cpu: `sum(rate(node_pressure_cpu_waiting_seconds_total{${HOST}}[$window]))`,
    memory: `sum(rate(node_pressure_memory_waiting_seconds_total{${HOST}}[$window]))`,
    io: `sum(rate(node_pressure_io_waiting_seconds_total{${HOST}}[$window]))`,
  }),
} as const

const OWN = 'job="binnacle"'

export const OWN_QUERIES = {
  ingest: `sum(rate(binnacle_head_samples_appended_total{${OWN}}[$window]))`,
  series: `sum(binnacle_head_series{${OWN}})`,
  memory: `sum(binnacle_process_memory_bytes{${OWN},kind="pss"})`,
  disk: `sum(binnacle_storage_bytes{${OWN}})`,
  queryP95: `histogram_quantile(0.95, sum by (le) (rate(binnacle_http_request_duration_seconds_bucket{${OWN},handler=~"/api/v1/query.*"}[5m])))`,
  failures: `sum(increase(binnacle_scrape_failures_total{${OWN}}[5m]))`,
} as const
