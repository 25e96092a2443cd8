import { expect, test } from 'vitest'
import { z } from 'zod'
import { type BinnacleError, ConfigErrors, checkSchema, formatError, nearestName, parseYaml } from './index.ts'

const at = (error: BinnacleError) => `${error.place?.line}:${error.place?.column} ${error.message}`

const schema = z.strictObject({
  global: z.strictObject({ scrape_interval: z.string().optional() }).optional(),
  jobs: z.array(z.strictObject({ name: z.string(), port: z.number().optional() })).default([]),
})

test('every finding has its line and column, and an unknown key the nearest known name', () => {
  const text = 'global:\n  scrape_intervall: 5s\njobs:\n  - name: 12\n    prot: 80\n  - port: x\n'
  const document = parseYaml(text, 'a.yml')
  const { errors, value } = checkSchema(document, schema)
  expect(value).toBeUndefined()
  expect(errors.map(at)).toEqual([
    '2:3 unknown key "scrape_intervall"',
    '4:11 name: invalid input: expected string, received number',
    '5:5 unknown key "prot"',
    '6:5 "name" is missing',
    '6:11 port: invalid input: expected number, received string',
  ])
  const first = errors.find((error) => error.message.includes('intervall'))!
  expect(formatError(first, text)).toBe(
    'a.yml:2:3: unknown key "scrape_intervall" (config.unknown_key)\n    scrape_intervall: 5s\n    ^\n  did you mean "scrape_interval"?',
  )
})

test('aliases and merge keys are resolved and keep the place where a value was written', () => {
  const document = parseYaml(
    'jobs:\n  - &base\n    name: a\n    port: x\n  - <<: *base\n    name: b\n  - *base\n',
    'a.yml',
  )
  expect(document.value).toEqual({
    jobs: [
      { name: 'a', port: 'x' },
      { name: 'b', port: 'x' },
      { name: 'a', port: 'x' },
    ],
  })
  expect(checkSchema(document, schema).errors.map((error) => error.place?.line)).toEqual([4, 4, 4])
  expect(document.placeOf(['jobs', 1, 'name'])).toMatchObject({ line: 6, column: 11, path: 'jobs.1.name' })
})

test('in text mode a scalar is the text in the file, only null stays null', () => {
  const document = parseYaml('a: true\nb: 0x10\nc: 1.50\nd:\ne: ~\nf: "x"\ng: 012\nh: ""\n', 'a.yml', {
    scalars: 'text',
  })
  expect(document.value).toEqual({ a: 'true', b: '0x10', c: '1.50', d: null, e: null, f: 'x', g: '012', h: '' })
})

test.for([
  ['a: 1\na: 2\n', '2:1 this key stands twice in the same map'],
  ['a: [1\n', '2:1'],
  ['a: *nowhere\n', '1:4'],
  ['a: &x [*x]\n', '1:8 an anchor contains itself'],
] as const)('bad YAML is refused with its place: %s', ([text, message]) => {
  try {
    parseYaml(text, 'a.yml')
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigErrors)
    expect(at((error as ConfigErrors).errors[0]!)).toContain(message)
  }
})

test('a file that unfolds without end is refused', () => {
  let text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n'
  for (let i = 1; i < 9; i++)
    text += `a${i}: &a${i} [${Array(10)
      .fill(`*a${i - 1}`)
      .join(', ')}]\n`
  expect(() => parseYaml(text, 'a.yml')).toThrow(/unfolds to more than/)
})

test('an empty file is null, only the first document counts', () => {
  expect(parseYaml('', 'a.yml').value).toBeNull()
  expect(parseYaml('# nothing\n', 'a.yml').value).toBeNull()
  expect(parseYaml('a: 1\n---\nb: 2\n', 'a.yml').value).toEqual({ a: 1 })
})

test.for([
  ['scrape_intervall', 'scrape_interval'],
  ['honour_labels', 'honor_labels'],
  ['jobname', 'job_name'],
  ['tragets', 'targets'],
  ['banana', undefined],
] as const)('nearest to %s is %s', ([word, nearest]) => {
  expect(nearestName(word, ['scrape_interval', 'scrape_timeout', 'honor_labels', 'job_name', 'targets'])).toBe(nearest)
})
