import type { StatsFs } from 'node:fs'
import { expect, test } from 'vitest'
import { type Clock, silentLogger, systemClock } from '../../../telemetry/index.ts'
import type { CollectorEnv } from '../collector.ts'
import { hostOptionsSchema } from '../config.ts'
import { createFileReader } from '../file-reader.ts'
import { MetricText } from '../metric-text.ts'
import { parseExposition } from '../testkit/exposition.ts'
import { createFilesystem } from './filesystem.ts'

const space: StatsFs = { type: 0, bsize: 4096, blocks: 10, bfree: 5, bavail: 4, files: 3, ffree: 2 }

/** Mounts of which some hang until `letGo`. Deadlines come at once for who waits for a mount that hangs. */
function setUp(mounts: readonly (readonly [point: string, type: string])[], hanging: readonly string[]) {
  const asked: string[] = []
  const held = new Map<string, () => void>()
  const stuck = new Set(hanging)
  const clock: Clock = {
    ...systemClock,
    after: (_ms, fn) => systemClock.after(20, fn),
  }
  const mountinfo = mounts.map(([point, type], i) => `${i} 0 8:${i} / ${point} rw - ${type} /dev/${i} rw\n`).join('')
  const env: CollectorEnv = {
    options: hostOptionsSchema.parse({}),
    files: { ...createFileReader(), fresh: async () => mountinfo },
    clock,
    log: silentLogger,
    statfs: (point) => {
      asked.push(point)
      if (!stuck.has(point)) return Promise.resolve(space)
      return new Promise((resolve) => held.set(point, () => resolve(space)))
    },
    proc: (name) => `/proc/${name}`,
    sys: (name) => `/sys/${name}`,
    root: (name) => `/${name}`,
  }
  const collect = createFilesystem(env)
  return {
    asked,
    letGo() {
      stuck.clear()
      for (const free of held.values()) free()
    },
    async read() {
      asked.length = 0
      const out = new MetricText()
      await collect(out, 0)
      const { values } = parseExposition(out.render())
      const points = (name: string) =>
        [...values.keys()]
          .filter((key) => key.startsWith(`${name}{`))
          .map((key) => /mountpoint="([^"]*)"/.exec(key)![1])
      return {
        good: points('node_filesystem_size_bytes'),
        timedOut: points('node_filesystem_device_error').filter((point) =>
          [...values.keys()].some(
            (key) => key.includes(`"mountpoint timeout"`) && key.includes(`mountpoint="${point}"`),
          ),
        ),
      }
    },
  }
}

test('a dead network mount is reported, not asked again while it hangs, and comes back', async () => {
  const it = setUp(
    [
      ['/', 'ext4'],
      ['/nfs', 'nfs4'],
      ['/other', 'nfs4'],
    ],
    ['/nfs'],
  )
  expect(await it.read()).toEqual({ good: ['/', '/other'], timedOut: ['/nfs'] })
  expect(await it.read()).toEqual({ good: ['/', '/other'], timedOut: ['/nfs'] })
  expect(it.asked).not.toContain('/nfs')
  it.letGo()
  await systemClock.sleep(1)
  expect(await it.read()).toEqual({ good: ['/', '/nfs', '/other'], timedOut: [] })
})

test('dead network mounts take two threads at most, and local file systems go on', async () => {
  const network = ['/a', '/b', '/c', '/d'].map((point) => [point, 'cifs'] as const)
  const it = setUp(
    [...network, ['/', 'ext4'], ['/data', 'xfs']],
    network.map(([point]) => point),
  )
  for (let round = 0; round < 3; round++) {
    expect(await it.read()).toEqual({ good: ['/', '/data'], timedOut: ['/a', '/b', '/c', '/d'] })
    expect(it.asked.filter((point) => point.length === 2)).toEqual(round === 0 ? ['/a', '/b'] : [])
  }
})

test('two mounts on one point are asked once and both are shown', async () => {
  const it = setUp(
    [
      ['/', 'rootfs'],
      ['/', 'ext4'],
    ],
    [],
  )
  expect(await it.read()).toEqual({ good: ['/', '/'], timedOut: [] })
  expect(it.asked).toEqual(['/'])
})
