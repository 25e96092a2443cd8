import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLogger, systemClock } from '../../telemetry/index.ts'
import { createHostCollector, type HostOptionsInput } from './index.ts'
import { parseExposition } from './testkit/exposition.ts'
import { nodeExporterPath, startNodeExporter } from './testkit/node-exporter.ts'

const here = path.dirname(fileURLToPath(import.meta.url))
const awkward = path.join(here, 'testdata/awkward')
const texts = path.join(awkward, 'text')
const options = {
  procfs: path.join(awkward, 'proc'),
  sysfs: path.join(awkward, 'sys'),
  rootfs: path.join(awkward, 'root'),
  udev_data: await mkdtemp(path.join(os.tmpdir(), 'binnacle-udev-')),
  textfile: { directories: [texts] },
} satisfies HostOptionsInput

// udev's names have a colon, which a checkout on Windows cannot have.
beforeAll(async () => {
  for (const name of await readdir(path.join(awkward, 'udev'))) {
    await copyFile(path.join(awkward, 'udev', name), path.join(options.udev_data, name.replace('_', ':')))
  }
})
afterAll(() => rm(options.udev_data, { recursive: true }))

async function readOnce(input: HostOptionsInput, nowMs = 0): Promise<string> {
  const host = createHostCollector(input, { clock: systemClock, log: silentLogger, platform: 'linux' })
  try {
    return await host.collect(nowMs)
  } finally {
    await host.stop()
  }
}

/** Without what depends on the machine that runs the test: sizes of its disk, its name, times. */
function withoutMachine(text: string): string {
  return text
    .split('\n')
    .filter((line) => !/^(?:# (?:HELP|TYPE) )?node_(?:filesystem_(?:size|free|avail|files)|uname|time_zone)/.test(line))
    .map((line) =>
      line
        .replaceAll(here, 'HERE')
        .replace(/^(node_(?:textfile_mtime_seconds|scrape_collector_duration_seconds)\{[^}]*\}) .*/, '$1 SOME'),
    )
    .join('\n')
}

// Written anew by `npx vitest run packages/server/src/collectors/host/fixtures.test.ts -u`; read its diff.
test('a host with awkward files is read as recorded', async () => {
  await expect(withoutMachine(await readOnce(options))).toMatchFileSnapshot('testdata/awkward.prom')
})

test.skipIf(!nodeExporterPath)(
  'of the awkward host node exporter says the same, series by series (JUDGES_DIR)',
  async () => {
    await using judge = await startNodeExporter([
      `--path.procfs=${options.procfs}`,
      `--path.sysfs=${options.sysfs}`,
      `--path.rootfs=${options.rootfs}`,
      `--path.udev.data=${options.udev_data}`,
      '--no-collector.netdev.netlink',
      '--no-collector.arp.netlink',
      `--collector.textfile.directory=${texts}`,
    ])
    const theirs = parseExposition(await judge.scrape())
    const mine = parseExposition(await readOnce(options))
    // node exporter asks the kernel of this machine for SELinux whatever its prefixes are, and 1.11.1 calls a disk
    // "not rotational" when any other file of its queue is missing (corrected since).
    const knownToDiffer = /^node_(?:selinux_|disk_info\{device="sda")/
    const differing: string[] = []
    for (const [key, value] of theirs.values) {
      if (/^(?:go_|process_|promhttp_|node_timex_|node_exporter_build_info|node_time_seconds)/.test(key)) continue
      if (/^node_(?:scrape_collector_|filesystem_(?:free|avail|files_free))/.test(key)) continue
      if (knownToDiffer.test(key)) continue
      if (!Object.is(mine.values.get(key), value)) differing.push(`${key} ${value}, ours ${mine.values.get(key)}`)
    }
    expect(differing).toEqual([])
    for (const [name, family] of mine.families) {
      const other = theirs.families.get(name)
      if (other) expect({ name, ...family }).toEqual({ name, ...other })
    }
  },
)

describe('one broken thing', () => {
  async function withTree(files: Readonly<Record<string, string>>, run: (dir: string) => Promise<void>): Promise<void> {
    const dir = await mkdtemp(path.join(os.tmpdir(), 'binnacle host '))
    try {
      await mkdir(path.join(dir, 'proc'))
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(dir, name)), { recursive: true })
        await writeFile(path.join(dir, name), text)
      }
      await run(dir)
    } finally {
      await rm(dir, { recursive: true })
    }
  }
  const inTree = (dir: string): HostOptionsInput => ({ procfs: `${dir}/proc`, sysfs: `${dir}/sys`, rootfs: dir })

  test.for([
    { name: 'an empty file', files: { 'proc/meminfo': 'MemTotal: 1 kB\n', 'proc/loadavg': '' }, failed: 'loadavg' },
    { name: 'a word for a number', files: { 'proc/meminfo': 'MemTotal: much kB\n' }, failed: 'meminfo' },
    { name: 'binary', files: { 'proc/vmstat': 'pgfault \u0000\u0001\n' }, failed: 'vmstat' },
    { name: 'names without values', files: { 'proc/net/netstat': 'TcpExt: A B\nTcpExt: 1\n' }, failed: 'netstat' },
    { name: 'a RAID without sizes', files: { 'proc/mdstat': 'md0 : active raid1 sda[0]\n' }, failed: 'mdadm' },
  ])('$name fails its collector and no other', async ({ files, failed }) => {
    await withTree({ 'proc/sys/fs/file-nr': '1\t0\t2\n', ...(files as Record<string, string>) }, async (dir) => {
      const { values } = parseExposition(await readOnce(inTree(dir)))
      expect(values.get(`node_scrape_collector_success{collector="${failed}"}`)).toBe(0)
      expect(values.get('node_scrape_collector_success{collector="filefd"}')).toBe(1)
      expect(values.get('node_filefd_maximum')).toBe(2)
    })
  })

  test('CPU counters that step back a little stay; after a large step back they begin anew', async () => {
    await withTree({ 'proc/stat': 'cpu0 100 0 0 1000 0 0 0 0 0 0\n' }, async (dir) => {
      const host = createHostCollector(inTree(dir), { clock: systemClock, log: silentLogger, platform: 'linux' })
      const key = (mode: string) => `node_cpu_seconds_total{cpu="0",mode="${mode}"}`
      const read = async () => parseExposition(await host.collect(0)).values
      expect((await read()).get(key('idle'))).toBe(10)
      await writeFile(path.join(dir, 'proc/stat'), 'cpu0 99 0 0 900 5 0 0 0 0 0\n')
      expect((await read()).get(key('idle'))).toBe(10)
      expect((await read()).get(key('iowait'))).toBe(0.05)
      await writeFile(path.join(dir, 'proc/stat'), 'cpu0 3 0 0 600 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n')
      const after = await read()
      expect([after.get(key('idle')), after.get(key('user'))]).toEqual([6, 0.03])
      await writeFile(path.join(dir, 'proc/stat'), 'cpu1 1 0 0 1 0 0 0 0 0 0\n')
      expect((await read()).has(key('idle'))).toBe(false)
      await host.stop()
    })
  })

  test('sensor chips with the same device and name are told apart', async () => {
    const files = Object.fromEntries(
      ['hwmon0', 'hwmon1'].flatMap((dir) => [
        [`sys/class/hwmon/${dir}/name`, 'coretemp\n'],
        [`sys/class/hwmon/${dir}/temp1_input`, '40000\n'],
      ]),
    )
    await withTree(files, async (dir) => {
      const { values } = parseExposition(await readOnce(inTree(dir)))
      const chips = [...values.keys()].filter((key) => key.startsWith('node_hwmon_temp_celsius'))
      expect(chips).toEqual([
        'node_hwmon_temp_celsius{chip="coretemp_hwmon0",sensor="temp1"}',
        'node_hwmon_temp_celsius{chip="coretemp_hwmon1",sensor="temp1"}',
      ])
    })
  })

  test('a file that appears, changes and goes is followed, though its descriptor is kept', async () => {
    await withTree({}, async (dir) => {
      const host = createHostCollector(inTree(dir), { clock: systemClock, log: silentLogger, platform: 'linux' })
      const load = async () => parseExposition(await host.collect(0)).values.get('node_load1')
      expect(await load()).toBeUndefined()
      await writeFile(path.join(dir, 'proc/loadavg'), '1 2 3 1/1 1\n')
      expect(await load()).toBe(1)
      await writeFile(path.join(dir, 'proc/loadavg'), '4 2 3 1/1 1\n')
      expect(await load()).toBe(4)
      await host.stop()
    })
  })
})
