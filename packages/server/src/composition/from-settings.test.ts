import { expect, test } from 'vitest'
import { z } from 'zod'
import { hostOptionsSchema } from '../collectors/index.ts'
import { loadSettings } from '../config/settings/index.ts'
import { hostOptionsOf } from './from-settings.ts'

const load = (text: string) =>
  loadSettings({ file: { name: 'binnacle.yml', text }, environment: {}, workingDirectory: '/srv' }).settings

/** Dotted names of the options. */
function namesOf(schema: z.core.$ZodType, prefix = ''): string[] {
  const inner = schema instanceof z.ZodPrefault ? schema.def.innerType : schema
  if (!(inner instanceof z.ZodObject)) return [prefix]
  return Object.entries(inner.shape).flatMap(([key, child]) =>
    namesOf(child as z.core.$ZodType, prefix === '' ? key : `${prefix}.${key}`),
  )
}

test('without settings the host collector has its own defaults', () => {
  expect(hostOptionsSchema.parse(hostOptionsOf(load('')))).toEqual(hostOptionsSchema.parse({}))
})

test.for(namesOf(hostOptionsSchema))('the option %s of the host collector can be set in binnacle.yml', (name) => {
  const [setting, text, value] =
    name === 'timeout_ms'
      ? ['timeout', '7s', 7000]
      : name === 'families'
        ? ['families', '{arp: false}', { arp: false }]
        : name === 'textfile.directories'
          ? [name, '[scripts, /var/lib/metrics]', ['/srv/scripts', '/var/lib/metrics']]
          : [name, '/else', '/else']
  const yaml = `${setting}`.split('.').reduceRight((inner, key) => `{${key}: ${inner}}`, `${text}`)
  const options: unknown = hostOptionsSchema.parse(hostOptionsOf(load(`collectors: {host: ${yaml}}`)))
  expect(name.split('.').reduce((at, key) => (at as Record<string, unknown>)[key], options)).toEqual(value)
})
