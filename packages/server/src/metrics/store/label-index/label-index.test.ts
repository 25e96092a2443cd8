import { compileMatcher, type Labels, labelsOf, labelValue, type Matcher } from '@binnacle/promql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createLabelIndex, idOf, metricHash } from './index.ts'

const indexOf = (...sets: Record<string, string>[]) => {
  const index = createLabelIndex()
  for (const set of sets) index.add(labelsOf(set))
  return index
}
const matcher = (text: string): Matcher => {
  const [, name, op, value] = /^(\w+)(=~|!~|!=|=)(.*)$/s.exec(text)!
  return { name: name!, op: op as Matcher['op'], value: value! }
}

/** What work in slices comes to, in order. */
function finished(work: Generator<undefined, string[], undefined>): string[] {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value.sort()
  }
}

describe('ids', () => {
  test.for([
    [{}, 'ceee6992', 'bca97eea'],
    [{ __name__: 'up' }, '18efbdb7', '44b94365'],
    [{ __name__: 'up', instance: 'localhost:9090', job: 'prometheus' }, '3e435efc', '3baad83'],
    [{ a: 'bc' }, 'ddc9264c', '7aadd87'],
    [{ ab: 'c' }, 'b2d2e0f5', '8b69fecf'],
    [{ ключ: '値', z: '😀' }, '9b329e32', 'd21814c9'],
  ] as const)('the id of %j never changes', ([labels, hi, lo]) => {
    const id = idOf(labelsOf(labels))
    expect([id.hi.toString(16), id.lo.toString(16)]).toEqual([hi, lo])
  })

  test('the hash of a metric name never changes', () => {
    expect(['', 'up', 'http_requests_total'].map((name) => metricHash(name).toString(16))).toEqual([
      'ecbb6fcb',
      '7e4a503d',
      '7f17a5e7',
    ])
  })

  test('200,000 similar label sets have distinct ids, and each half spreads evenly', () => {
    const seen = new Set<string>()
    const buckets = [new Uint32Array(256), new Uint32Array(256)]
    for (let i = 0; i < 200_000; i++) {
      const { hi, lo } = idOf(['__name__', 'm', 'i', String(i % 1000), 'j', String(Math.floor(i / 1000))])
      seen.add(`${hi}/${lo}`)
      buckets[0]![hi >>> 24]!++
      buckets[1]![lo & 255]!++
    }
    expect(seen.size).toBe(200_000)
    for (const counts of buckets) {
      // 781 expected each, standard deviation 28.
      expect(Math.min(...counts)).toBeGreaterThan(781 - 28 * 5)
      expect(Math.max(...counts)).toBeLessThan(781 + 28 * 5)
    }
  })
})

describe('series', () => {
  test('a label set has one ref, and comes back as it was', () => {
    const index = createLabelIndex()
    const labels = labelsOf({ __name__: 'up', job: 'node', instance: 'a:1' })
    const ref = index.add(labels)
    expect(index.add([...labels])).toBe(ref)
    expect(index.find(labels)).toBe(ref)
    expect(index.labelsOf(ref)).toEqual(labels)
    const { hi, lo } = idOf(labels)
    expect(index.refById(hi, lo)).toBe(ref)
    expect(index.refById(hi, lo ^ 1)).toBeUndefined()
    const columns = index.columns()
    expect([columns.hi[ref], columns.lo[ref], columns.metric[ref]]).toEqual([hi, lo, metricHash('up')])
    expect(index.size).toBe(1)
  })

  test('the empty label set is a series too', () => {
    const index = createLabelIndex()
    const ref = index.add([])
    expect(index.labelsOf(ref)).toEqual([])
    expect([...index.select([matcher('a=')])]).toEqual([ref])
    index.remove(Uint32Array.of(ref))
    expect(index.size).toBe(0)
  })

  test('a removed ref is unknown, and is given to a later series', () => {
    const index = indexOf({ a: '1' }, { a: '2' }, { a: '3' })
    index.remove(Uint32Array.of(1, 1, 77))
    expect(index.size).toBe(2)
    expect(index.has(1)).toBe(false)
    expect(() => index.labelsOf(1)).toThrow('no series has ref 1')
    expect(index.find(['a', '2'])).toBeUndefined()
    expect(index.labelValues('a')).toEqual(['1', '3'])
    expect(index.add(['a', '4'])).toBe(1)
    expect([...index.select([matcher('a!=')])]).toEqual([0, 1, 2])
  })

  test('another label set with the same id is refused by name', () => {
    // Nobody knows two such sets, so one that changes between the hash and the comparison plays the part.
    const index = createLabelIndex()
    const strings = ['a', 'first']
    index.add(strings)
    const liar = Object.defineProperty(['a', 'first'], 1, { get: lieAfter('first', 'second') }) as unknown as Labels
    expect(() => index.add(liar)).toThrowError(
      expect.objectContaining({
        code: 'series.hash_collision',
        kind: 'limit',
        message: expect.stringMatching(/a="first"/),
      }),
    )
    expect(index.size).toBe(1)
  })

  test('limits are named', () => {
    const index = createLabelIndex({ maxSeries: 1 })
    index.add(['a', '1'])
    expect(index.add(['a', '1'])).toBe(0)
    expect(() => index.add(['a', '2'])).toThrowError(
      expect.objectContaining({ code: 'series.too_many', kind: 'limit' }),
    )
    const many = Array.from({ length: 2050 }, (_, i) => `l${String(i >> 1).padStart(4, '0')}`)
    expect(() => createLabelIndex().add(many)).toThrowError(expect.objectContaining({ code: 'series.too_many_labels' }))
  })

  test('strings cut from a large text do not keep it alive, whatever their characters', () => {
    const body = `${'x'.repeat(100)}a long value in latin-1: é ÿ${'y'.repeat(100)}a long value beyond it: € 😀 \ud800`
    const values = [body.slice(100, 126), body.slice(226)]
    const index = createLabelIndex()
    for (const value of values) expect(index.labelsOf(index.add(['name', value]))).toEqual(['name', value])
  })
})

/** First reads give one text, later ones another: the hash sees the former, the comparison the latter. */
function lieAfter(first: string, later: string): () => string {
  let reads = 0
  return () => (reads++ === 0 ? first : later)
}

describe('matchers', () => {
  const index = indexOf(
    { __name__: 'up', job: 'node', instance: 'a' },
    { __name__: 'up', job: 'node', instance: 'b' },
    { __name__: 'up', job: 'db' },
    { __name__: 'down', job: 'node\nnext', instance: 'a.b' },
  )
  test.for([
    ['', [0, 1, 2, 3]],
    ['job=node', [0, 1]],
    ['job=none', []],
    ['job!=node', [2, 3]],
    ['job!=none', [0, 1, 2, 3]],
    ['instance=', [2]],
    ['instance!=', [0, 1, 3]],
    ['absent=', [0, 1, 2, 3]],
    ['absent!=', []],
    ['instance!=a', [1, 2, 3]],
    ['instance=~a|b', [0, 1]],
    ['instance=~a|', [0, 2]],
    ['instance!~a|b', [2, 3]],
    ['instance!~a|', [1, 3]],
    ['instance=~a', [0]],
    ['instance=~a.*', [0, 3]],
    ['instance=~a.+', [3]],
    ['instance=~.*', [0, 1, 2, 3]],
    ['instance=~.+', [0, 1, 3]],
    ['instance!~.+', [2]],
    ['instance!~.*', []],
    ['instance=~[ab]', [0, 1]],
    ['instance=~(a|b)?', [0, 1, 2]],
    ['instance!~[ab]', [2, 3]],
    ['instance=~a\\.b', [3]],
    ['job=~node.*', [0, 1, 3]],
    ['job=~n.*t', [3]],
    ['__name__=up,job=node,instance!=a', [1]],
    ['__name__=~up|down,instance=a', [0]],
    ['job=node,job!=node', []],
    ['job=node,job=db', []],
    ['job=~no.*,instance=~a.*,__name__!=down', [0]],
    ['absent=~x.*', []],
    ['absent!~x.*', [0, 1, 2, 3]],
  ] as const)('{%s}', ([text, refs]) => {
    const matchers = text === '' ? [] : text.split(',').map(matcher)
    // Twice: the second time regexes come from the cache.
    expect([...index.select(matchers)]).toEqual(refs)
    expect([...index.select(matchers)]).toEqual(refs)
  })

  test('a kept regex sees values that came or went since', () => {
    const changing = indexOf({ a: 'x1' }, { a: 'y' })
    const regex = [matcher('a=~x[0-9]')]
    expect([...changing.select(regex)]).toEqual([0])
    changing.add(['a', 'x2'])
    expect([...changing.select(regex)]).toEqual([0, 2])
    changing.remove(Uint32Array.of(0))
    expect([...changing.select(regex)]).toEqual([2])
    changing.remove(Uint32Array.of(1, 2))
    expect([...changing.select(regex)]).toEqual([])
    changing.add(['a', 'x3'])
    expect(changing.select(regex).length).toBe(1)
  })

  test('an invalid regex throws, also for a label that no series has', () => {
    for (const name of ['job', 'absent']) expect(() => index.select([matcher(`${name}=~(`)])).toThrow()
  })

  test('more than 31 filters at once', () => {
    const many = Array.from({ length: 70 }, (_, i) => matcher(`job!~x${i}.+`))
    expect([...index.select([...many, matcher('instance!=a')])]).toEqual([1, 2, 3])
  })

  test('answers are the caller’s to change', () => {
    index.select([matcher('job=node')]).fill(9)
    index.select([]).fill(9)
    expect([...index.select([matcher('job=node')])]).toEqual([0, 1])
    expect([...index.refs()]).toEqual([0, 1, 2, 3])
  })

  test('names and values of all or of some', () => {
    expect(index.labelNames()).toEqual(['__name__', 'instance', 'job'])
    expect(finished(index.namesOf(Uint32Array.of(2)))).toEqual(['__name__', 'job'])
    expect(index.labelValues('instance')).toEqual(['a', 'a.b', 'b'])
    expect(finished(index.valuesOf('instance', Uint32Array.of(3, 1)))).toEqual(['a.b', 'b'])
    expect(finished(index.valuesOf('instance', Uint32Array.of(2)))).toEqual([])
    expect(index.labelValues('absent')).toEqual([])
  })
})

test('a set has its durable id whatever was added before it: its own beginning, a refused or a removed one', () => {
  const index = createLabelIndex({ maxSeries: 3 })
  const a = ['__name__', 'm', 'a', '1', 'b', '1']
  const b = ['__name__', 'm', 'a', '1', 'b', '2', 'c', '3']
  const c = ['__name__', 'm', 'a', '1']
  const isUnder = (labels: Labels, ref: number) => {
    const { hi, lo } = idOf(labels)
    expect(index.refById(hi, lo)).toBe(ref)
    expect(index.labelsOf(ref)).toEqual(labels)
  }
  for (const labels of [a, b, a, c, b]) isUnder(labels, index.add(labels))
  expect(() => index.add(['__name__', 'm', 'a', '1', 'd', '5'])).toThrow('no room')
  isUnder(b, index.add(b))
  index.remove(index.refs())
  for (const labels of [b, c, a]) isUnder(labels, index.add(labels))
})

test('columns grow together: every one of 40,000 series is there', () => {
  const index = createLabelIndex()
  const total = 40_000
  for (let i = 0; i < total; i++) index.add(['__name__', 'm', 'n', String(i)])
  expect(index.refs().length).toBe(total)
  expect(index.select([matcher('n=~.*9999')]).length).toBe(4)
  index.remove(index.select([matcher('n=~.*[1-9]')]))
  expect(index.size).toBe(total / 10)
  const refs = [...index.refs()]
  expect(refs.map((ref) => index.find(index.labelsOf(ref)))).toEqual(refs)
})

test('postings of every size survive growth, churn and removal', () => {
  const index = createLabelIndex()
  const total = 5000
  for (let i = 0; i < total; i++) index.add(labelsOf({ all: 'x', k: String(i % 7), n: String(i) }))
  const removed = index.select([matcher('k=~[0-4]')])
  index.remove(removed)
  expect(index.select([matcher('all=x')]).length).toBe(total - removed.length)
  // Refs come back in another order than they ascend: postings are sorted at the next read.
  for (let i = 0; i < removed.length; i++) index.add(labelsOf({ all: 'x', k: 'new', n: `again ${i}` }))
  expect(index.capacity).toBe(total)
  expect([...index.select([matcher('all=x')])]).toEqual([...Array(total).keys()])
  expect([...index.select([matcher('k=new')])]).toEqual([...removed])
  index.remove(index.refs())
  expect([index.size, index.labelNames(), [...index.select([])]]).toEqual([0, [], []])
})

test('the index says the same as a list of label sets', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd')
  const value = fc.constantFrom('x', 'y', 'xy', 'z1', 'z2', 'z3', 'é')
  const set = fc.dictionary(name, value, { maxKeys: 4 }).map((pairs) => labelsOf(pairs))
  const anyMatcher = fc.record({
    name,
    op: fc.constantFrom('=' as const, '!=' as const, '=~' as const, '!~' as const),
    value: fc.constantFrom('', 'x', 'none', 'x|y', 'x|', 'z.*', 'z.+', '.*', '.+', '[xz].', 'z[12]', '(x|)', '.'),
  })
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.array(set, { minLength: 1, maxLength: 30 }).map((sets) => ({ kind: 'add' as const, sets })),
    },
    {
      weight: 2,
      arbitrary: fc.array(fc.nat(60), { maxLength: 20 }).map((refs) => ({ kind: 'remove' as const, refs })),
    },
    {
      weight: 4,
      arbitrary: fc.array(anyMatcher, { maxLength: 4 }).map((matchers) => ({ kind: 'select' as const, matchers })),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const index = createLabelIndex()
      const model = new Map<number, Labels>()
      for (const one of steps) {
        if (one.kind === 'add') for (const labels of one.sets) model.set(index.add(labels), labels)
        else if (one.kind === 'remove') {
          index.remove(Uint32Array.from(one.refs))
          for (const ref of one.refs) model.delete(ref)
        } else {
          const tests = one.matchers.map((m) => ({ name: m.name, takes: compileMatcher(m) }))
          const expected = [...model]
            .filter(([, l]) => tests.every((t) => t.takes(labelValue(l, t.name))))
            .map(([ref]) => ref)
          const refs = index.select(one.matchers)
          expect([...refs]).toEqual(expected.sort((a, b) => a - b))
          const alternatives = [one.matchers.slice(0, 1), one.matchers.slice(1), one.matchers.slice(2)]
          expect([...index.selectAny(alternatives)]).toEqual(
            [...new Set(alternatives.flatMap((some) => [...index.select(some)]))].sort((a, b) => a - b),
          )
          const chosen = expected.map((ref) => model.get(ref)!)
          expect(finished(index.namesOf(refs))).toEqual(
            [...new Set(chosen.flatMap((l) => l.filter((_, i) => i % 2 === 0)))].sort(),
          )
          expect(finished(index.valuesOf('a', refs))).toEqual(
            [...new Set(chosen.map((l) => labelValue(l, 'a')))].filter((v) => v !== '').sort(),
          )
        }
        expect(index.size).toBe(model.size)
        expect([...index.refs()]).toEqual([...model.keys()].sort((a, b) => a - b))
        for (const [ref, labels] of model) {
          expect(index.labelsOf(ref)).toEqual(labels)
          expect(index.find(labels)).toBe(ref)
        }
        const values = [...new Set([...model.values()].map((l) => labelValue(l, 'b')))].filter((v) => v !== '').sort()
        expect(index.labelValues('b')).toEqual(values)
      }
    }),
    { numRuns: 300 },
  )
})

test('a selection can be prepared in slices, whatever comes and goes between them', () => {
  const index = createLabelIndex()
  for (let i = 0; i < 10_000; i++) index.add(['id', `value-${i}`])
  const ids = [matcher('id=~value-1.*'), matcher('id!~.*5')]
  const taken = (id: string) => id.startsWith('value-1') && !id.endsWith('5')
  const work = index.prepare(ids)
  let slices = 0
  const all = new Set(Array.from({ length: 10_000 }, (_, i) => `value-${i}`))
  while (work.next().done !== true) {
    slices++
    index.add(['id', `value-1-new-${slices}`])
    all.add(`value-1-new-${slices}`)
    if (slices !== 3) continue
    const gone = ['value-1', 'value-123', 'value-9999']
    index.remove(Uint32Array.from(gone, (id) => index.find(['id', id])!))
    for (const id of gone) all.delete(id)
  }
  expect(slices).toBeGreaterThan(3)
  const found = Array.from(index.select(ids), (ref) => index.labelsOf(ref)[1]!)
  expect(found.sort()).toEqual([...all].filter(taken).sort())
})
