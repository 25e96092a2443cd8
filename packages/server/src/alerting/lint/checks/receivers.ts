import { alertmanagerDefaults, alertmanagerFunctions, parseTemplates, TemplateError } from '@binnacle/gotemplate'
import type { z } from 'zod'
import type { YamlPath } from '../../../config/index.ts'
import { globalSchema } from '../../config/index.ts'
import { isSecretField, receiverKinds } from '../../notify/index.ts'
import type { Check, LintInput } from '../check.ts'

type Tree = Readonly<Record<string, unknown>>
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Entries of receivers, with where they stand. */
function* entries({
  document,
}: LintInput): Generator<{ section: string; entry: Tree; path: YamlPath; receiver: string }> {
  const list = (document.value as Tree).receivers
  if (!Array.isArray(list)) return
  for (const [i, receiver] of list.entries()) {
    if (!isTree(receiver)) continue
    for (const { section } of receiverKinds) {
      const of = receiver[section]
      if (!Array.isArray(of)) continue
      for (const [k, entry] of of.entries()) {
        if (isTree(entry)) {
          yield { section, entry, path: ['receivers', i, section, k], receiver: String(receiver.name) }
        }
      }
    }
  }
}

function hostOf(url: unknown): string {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).hostname : ''
}

export const pagerdutyServiceKey: Check = {
  name: 'receivers/pagerduty_key',
  finds: 'A `service_key` beside an address of PagerDuty’s Events API v2.',
  why: 'Version 2 wants a `routing_key`; with a `service_key` the old version 1 is used, whatever the address says.',
  run(input, report) {
    const global = (input.document.value as Tree).global
    const common = isTree(global) ? global.pagerduty_url : undefined
    for (const { section, entry, path, receiver } of entries(input)) {
      if (section !== 'pagerduty_configs') continue
      const key = entry.service_key ? 'service_key' : entry.service_key_file ? 'service_key_file' : undefined
      const url = entry.url ?? common
      if (key === undefined || entry.routing_key || entry.routing_key_file || typeof url !== 'string') continue
      if (!/\/v2\//.test(url)) continue
      report(
        input.document.keyPlaceOf([...path, key]),
        `the receiver "${receiver}" has a ${key}, which is for PagerDuty's Events API v1, while its address is version 2's`,
        `events are sent to version 1 at that address; to use version 2, give the key of such an integration as ${key.replace('service', 'routing')}`,
      )
    }
  },
}

/** Services whose own addresses understand no Alertmanager payload, and what to use for them. */
const SERVICES: readonly (readonly [host: RegExp, name: string, section: string])[] = [
  [/(^|\.)events(\.eu)?\.pagerduty\.com$/, 'PagerDuty', 'pagerduty_configs'],
  [/^hooks\.slack\.com$/, 'Slack', 'slack_configs'],
  [/^(discord|discordapp)\.com$/, 'Discord', 'discord_configs'],
  [/\.webhook\.office\.com$|\.logic\.azure\.com$/, 'Microsoft Teams', 'msteamsv2_configs'],
  [/^api\.telegram\.org$/, 'Telegram', 'telegram_configs'],
  [/^api(\.eu)?\.opsgenie\.com$/, 'Opsgenie', 'opsgenie_configs'],
]

export const webhookOfService: Check = {
  name: 'receivers/webhook_service',
  finds: '`webhook_configs` that post to the address of a service with a protocol of its own.',
  why: 'A webhook sends Alertmanager’s own JSON, which PagerDuty, Slack and others refuse or drop.',
  run(input, report) {
    for (const { section, entry, path, receiver } of entries(input)) {
      // With a payload of its own it may well be what the service wants.
      if (section !== 'webhook_configs' || entry.payload !== undefined) continue
      const host = hostOf(entry.url)
      const service = SERVICES.find(([pattern]) => pattern.test(host))
      if (!service) continue
      const [, name, instead] = service
      report(
        input.document.placeOf([...path, 'url']),
        `the receiver "${receiver}" posts a webhook to ${host}: ${name} does not understand Alertmanager's payload`,
        `use ${instead}`,
      )
    }
  },
}

/** Every text of a receiver, as it is written, with where it stands. */
function* textsOf(value: unknown, path: YamlPath): Generator<{ readonly text: string; readonly path: YamlPath }> {
  if (typeof value === 'string') yield { text: value, path }
  else if (Array.isArray(value)) for (const [i, one] of value.entries()) yield* textsOf(one, [...path, i])
  else if (isTree(value)) for (const [key, one] of Object.entries(value)) yield* textsOf(one, [...path, key])
}

export const literalNewline: Check = {
  name: 'receivers/literal_newline',
  finds: 'Texts with `\\n` in single quotes or without quotes.',
  why: 'YAML makes it a line feed in double quotes only: the reader sees a backslash and an n.',
  run({ written }, report) {
    for (const { text, path } of textsOf((written.value as Tree).receivers, ['receivers'])) {
      const style = written.styleOf(path)
      const key = String(path.findLast((part) => typeof part === 'string'))
      if ((style !== 'single' && style !== 'plain') || /(url|_file)$/.test(key)) continue
      const at = outsideActions(text)
      if (at < 0) continue
      const where = style === 'single' ? 'single quotes' : 'a text without quotes'
      const hint = 'put the text in double quotes, or write it as a block (|)'
      report(written.placeInText(path, at), `\\n stands for itself in ${where}: no line ends there`, hint)
    }
  },
}

export const brokenTemplate: Check = {
  name: 'receivers/template',
  finds: 'Texts that are no valid templates.',
  why: 'Alertmanager finds out when an alert fires: the notification fails and nobody is told.',
  run({ written }, report) {
    const set = parseTemplates(alertmanagerDefaults, { functions: alertmanagerFunctions({ now: () => 0 }) })
    for (const { text, path } of textsOf((written.value as Tree).receivers, ['receivers'])) {
      if (!text.includes('{{')) continue
      try {
        set.compileText('', text)
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error
        report(written.placeInText(path, error.offset), `the template cannot be read: ${error.reason}`)
      }
    }
  },
}

/** Where `\n` stands outside of `{{ }}`; -1: nowhere. */
function outsideActions(text: string): number {
  return text.replace(/\{\{[\s\S]*?\}\}/g, (action) => ' '.repeat(action.length)).indexOf('\\n')
}

export const secretInClear: Check = {
  name: 'receivers/secret',
  finds: 'Passwords, keys and secret addresses that stand in the file as they are.',
  why: 'Everybody who may read the file, or its history, has them.',
  run({ written }, report) {
    const look = (path: YamlPath, value: unknown, schema: z.core.$ZodType | undefined): void => {
      if (!isTree(value) || schema === undefined) return
      const shape = shapeOf(schema)
      for (const [key, one] of Object.entries(value)) {
        const field = shape[key]
        if (isTree(one)) look([...path, key], one, field)
        else if (typeof one === 'string' && field !== undefined && layers(field).some(isSecretField) && isClear(one)) {
          const file = `${key}_file` in shape ? `, or name a file with ${key}_file` : ''
          report(
            written.placeOf([...path, key]),
            `${key} stands in the file in clear`,
            `write \${NAME} and set it in the environment${file}`,
          )
        }
      }
    }
    const top = written.value as Tree
    look(['global'], top.global, globalSchema)
    if (!Array.isArray(top.receivers)) return
    for (const [i, receiver] of top.receivers.entries()) {
      if (!isTree(receiver)) continue
      for (const { section, schema } of receiverKinds) {
        const list = receiver[section]
        if (!Array.isArray(list)) continue
        for (const [k, one] of list.entries()) look(['receivers', i, section, k], one, schema)
      }
    }
  },
}

/** An address is a secret only where it has a password, or a part that looks like a key. */
function isClear(value: string): boolean {
  if (value === '' || value === '<secret>' || value.includes('$')) return false
  if (!/^https?:\/\//i.test(value)) return true
  if (!URL.canParse(value)) return false
  const { password, pathname, searchParams } = new URL(value)
  const parts = [...pathname.split('/'), ...searchParams.values()]
  return password !== '' || parts.some((part) => part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part))
}

type Definition = {
  readonly innerType?: z.core.$ZodType
  readonly in?: z.core.$ZodType
  readonly out?: z.core.$ZodType
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>
}

/** A schema with what it wraps (optional, nullable, transformed ...). */
function layers(schema: z.core.$ZodType): z.core.$ZodType[] {
  const { innerType, in: before, out } = (schema as z.ZodType).def as unknown as Definition
  return [schema, ...[innerType, before, out].flatMap((inner) => (inner ? layers(inner) : []))]
}

function shapeOf(schema: z.core.$ZodType): Readonly<Record<string, z.core.$ZodType>> {
  for (const layer of layers(schema)) {
    const { shape } = (layer as z.ZodType).def as unknown as Definition
    if (shape) return shape
  }
  return {}
}
