import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeExporterPath, startNodeExporter } from '../../collectors/host/testkit/node-exporter.ts'
import type { DoctorReport } from '../../doctor/index.ts'
import { systemClock } from '../../telemetry/index.ts'
import { diagnoseFiles } from './offline.ts'

const own = fileURLToPath(new URL('../../doctor/testdata/node/rules.yml', import.meta.url))
/** Rendered rules of public mixins (MIXINS_DIR: the `assets` folder of github:monitoring-mixins/website). */
const mixin = ['alerts.yaml', 'rules.yaml'].map((name) => join(process.env.MIXINS_DIR ?? '', 'node-exporter', name))

describe.skipIf(!nodeExporterPath)('rules over a real node exporter (JUDGES_DIR)', () => {
  let page = ''
  beforeAll(async () => {
    await using judge = await startNodeExporter([])
    page = await judge.scrape()
  }, 60_000)
  afterAll(() => {
    page = ''
  })

  const diagnose = (files: readonly string[], job = 'node') =>
    diagnoseFiles(files, {
      pages: [{ job, file: 'node.prom', body: Buffer.from(page) }],
      read: (path) => readFileSync(path, 'utf8'),
      environment: {},
      features: new Set(),
      clock: systemClock,
    })
  const told = ({ rules }: DoctorReport) =>
    rules.flatMap(({ name, reasons, remarks }) =>
      [...reasons, ...remarks]
        .filter(({ severity }) => severity !== 'note')
        .map(({ message }) => `${name}: ${message}`),
    )

  test('no finding, although this host has no disk arrays, bonds or units', async () => {
    const report = await diagnose([own])
    expect(told(report)).toEqual([])
    const unknown = report.rules.filter(({ verdict }) => verdict === 'unknown').map(({ name }) => name)
    expect(unknown).toContain('UnitFailed')
    expect(report.rules.find(({ name }) => name === 'LoadPerCore')?.verdict).toBe('can_fire')
    expect(report.alerts.cannot_fire).toBe(0)
  })

  test('the same page of another job makes every one of them silent', async () => {
    const report = await diagnose([own], 'machines')
    expect(told(report).filter((text) => text.startsWith('FewFileDescriptors'))).toEqual([
      'FewFileDescriptors: no job matches job="node" among those that give node_filefd_allocated',
      'FewFileDescriptors: no job matches job="node" among those that give node_filefd_maximum',
    ])
  })

  test('a page whose job is not given is taken for that of any job', async () => {
    const report = await diagnoseFiles([own], {
      pages: [{ job: undefined, file: 'node.prom', body: Buffer.from(page) }],
      read: (path) => readFileSync(path, 'utf8'),
      environment: {},
      features: new Set(),
      clock: systemClock,
    })
    expect(told(report)).toEqual([])
  })

  // Nothing of others lies in this repository: only who brings the mixin sees this test.
  if (mixin.every((file) => existsSync(file))) {
    test('no finding on the mixin of the node exporter (MIXINS_DIR)', async () => {
      const report = await diagnose(mixin)
      expect(told(report)).toEqual([])
      expect(report.alerts.can_fire).toBeGreaterThan(15)
    })
  }
})
