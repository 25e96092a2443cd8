/**
 * What a target exposed last time, so that its next answer is recognised instead of parsed.
 *
 *   entry   one text that a line began with: the bytes of a series (`http_total{code="200"}`), or a whole comment line.
 *           Key bytes in a ByteTable; beside them, by entry number:
 *             kinds      series | dropped by relabelling | unresolved (no ref yet) | comment | metadata | types
 *             slots      the slot of a series
 *             contexts   the TYPE that stood above it when it was first seen
 *             seen       number of the scrape that had it last
 *             positions  its line in that scrape
 *   slot    one series of this target, after relabelling. Two entries share it when their labels differ in order only.
 *             slotRefs   the store's ref
 *             slotSeen   number of the scrape that had it last, for duplicates and for `seriesAdded`
 *             slotTimed  number of the scrape that had it last with a timestamp of its own
 *   order   entries in the order of the lines of the last good scrape
 *   live    slots that get a staleness marker when they do not come again
 *
 * Line i is first compared with entry `order[i]`: 15 ns, and most scrapes never leave that path. What does not match is
 * looked up by its bytes (the guess then goes on behind the line that was found); what is not known is parsed.
 * A scrape has a number; numbers of failed scrapes are used up, so that their marks mean nothing later.
 */
import { type Labels, labelValue } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import type { ExemplarInput, MetricMetadata, MetricsStore, SampleBatch, SeriesRef } from '../../store/index.ts'
import { growSampleBatch } from '../batch/index.ts'
import { ByteStrings, ByteTable, grown, hashBytes, sameBytes, viewOf } from '../byte-table/index.ts'
import { EXACT_DIGITS, EXACT_POWERS } from './float-text.ts'
import { checkLabelLimits, type LabelLimits } from './label-limits.ts'
import { malformed } from './malformed.ts'
import { type MetadataLine, parseMetadataLine } from './metadata-line.ts'
import type { ExpositionFormat } from './negotiate.ts'
import { RefSlots } from './ref-slots.ts'
import { SampleTail } from './sample-tail.ts'
import {
  CONTEXT_HISTOGRAM,
  CONTEXT_NONE,
  CONTEXT_SUMMARY,
  SeriesLexer,
  skipBlanks,
  type TypeContext,
} from './series-lexer.ts'

const SERIES = 0
const DROPPED = 1
const UNRESOLVED = 2
const COMMENT = 3
const METADATA = 4
const TYPE_OTHER = 5
const TYPE_HISTOGRAM = 6
const TYPE_SUMMARY = 7

const NEWLINE = 0x0a
const SPACE = 0x20
const HASH = 0x23
const OPEN = 0x7b

/** Entries that may be out of use before they are forgotten, beside as many as are in use. */
const CHURN_ALLOWED = 1000

/** At first contact, room is made for so many bytes of an answer at most, and for lines of such a length. */
const EXPECTED_BYTES = 4 << 20
const EXPECTED_LINE_BYTES = 80

/** More characters in the labels of an exemplar and it is left out. Source: OpenMetrics 1.0, "Exemplars". */
const MAX_EXEMPLAR_CHARACTERS = 128

export type ScrapeCacheDeps = {
  readonly store: Pick<MetricsStore, 'epoch' | 'refOf' | 'describe'>
  /**
   * From the labels that the target exposes to those that are stored: target labels, honor_labels, metric relabelling.
   * Undefined drops the series. Called once per series, not per sample; what it throws fails the scrape.
   */
  readonly relabel: (labels: Labels) => Labels | undefined
  /** Texts shared by all targets; a cache of its own when absent. */
  readonly strings?: ByteStrings
}

export type ScrapeCacheOptions = LabelLimits & {
  /** Take timestamps of the target. Default true. */
  readonly honorTimestamps?: boolean
  /** Staleness markers also for series with timestamps of the target. Default false. */
  readonly trackTimestampsStaleness?: boolean
  /** Most samples after relabelling; 0 for any number. */
  readonly sampleLimit?: number
}

export type ParseInput = {
  readonly format: ExpositionFormat
  /** Time of the scrape, Unix ms: of samples without a timestamp. */
  readonly atMs: number
  /** Emptied, then filled. */
  readonly out: SampleBatch
}

export type ScrapeResult = {
  /** Samples on the page (`scrape_samples_scraped`). */
  readonly scraped: number
  /** Of them left after relabelling, duplicates included (`scrape_samples_post_metric_relabeling`). */
  readonly kept: number
  /** Series that the scrape before did not have (`scrape_series_added`). */
  readonly seriesAdded: number
  /** A series that came again on the same page: the first sample is taken. */
  readonly duplicates: number
  /** Samples that are not in `out` because the store took no further series; `refusal` says why. */
  readonly refused: number
  readonly refusal: BinnacleError | undefined
  /** Refs of series that were there last time and are not now: to be marked stale. */
  readonly gone: Uint32Array
  /** New since the last scrape. */
  readonly exemplars: readonly ExemplarInput[]
}

export type ScrapeCounts = Pick<ScrapeResult, 'scraped' | 'kept' | 'seriesAdded'>

/** The memory of one target. Synchronous; not to be entered twice. */
export type ScrapeCache = {
  /**
   * Reads a whole answer into `out`. Throws `BinnacleError` (`exposition.malformed` with line and column,
   * `exposition.sample_limit`, `exposition.label_limit` ..., or what `relabel` threw): then nothing of the answer may be
   * stored, and `allGone` says what to mark stale. Type, help and unit that changed go to `store.describe`.
   */
  parse(body: Buffer, input: ParseInput): ScrapeResult
  /** Counts of the last `parse`, also when it threw. */
  readonly counts: ScrapeCounts
  /** Refs of all series of the last good scrape, once: after a failed scrape, or when the target goes away. */
  allGone(): Uint32Array
  /** What the last good answer said of its metric families, in no order; empty when nothing was read yet. */
  families(): ExposedFamily[]
  /** Bytes held, about. */
  readonly sizeBytes: number
}

/** A metric family as a target declares it; type, help and unit as in Prometheus's API (`unknown` or empty when not said). */
export type ExposedFamily = MetricMetadata & { readonly metric: string }

export function createScrapeCache(deps: ScrapeCacheDeps, options: ScrapeCacheOptions = {}): ScrapeCache {
  return new Cache(deps, options)
}

type Family = { type: string; help: string; unit: string }

const NOTHING = new Uint32Array(0)

class Cache implements ScrapeCache {
  readonly #store: ScrapeCacheDeps['store']
  readonly #relabel: ScrapeCacheDeps['relabel']
  readonly #strings: ByteStrings
  readonly #options: ScrapeCacheOptions
  readonly #honorTimestamps: boolean
  readonly #lexer = new SeriesLexer()
  readonly #tail = new SampleTail()

  #keys = new ByteTable()
  #kinds = new Uint8Array(64)
  #contexts = new Uint8Array(64)
  #slots = new Uint32Array(64)
  #seen = new Uint32Array(64)
  #positions = new Uint32Array(64)

  #slotCount = 0
  #slotRefs = new Uint32Array(64)
  #slotSeen = new Uint32Array(64)
  #slotTimed = new Uint32Array(64)
  #slotExemplars: Uint32Array | undefined
  #slotOfRef = new RefSlots()

  #order = new Uint32Array(64)
  #orderCount = 0
  #nextOrder = new Uint32Array(64)
  #live = new Uint32Array(64)
  #liveCount = 0
  #nextLive = new Uint32Array(64)

  #families = new Map<string, Family>()
  #changedFamilies = new Set<string>()

  #epoch: number
  /** Number of the running scrape, and of the last good one. New entries and slots start with 0: never seen. */
  #scrape = 1
  #lastGood = 1

  // The answer being read.
  #body: Buffer = Buffer.alloc(0)
  #view: DataView = viewOf(this.#body)
  #format: ExpositionFormat = 'text'
  #out!: SampleBatch
  #atMs = 0
  #at = 0
  #position = 0
  #lines = 0
  #nextLiveCount = 0
  #context: TypeContext = CONTEXT_NONE
  #ended = false
  #scraped = 0
  #kept = 0
  #added = 0
  #duplicates = 0
  #refused = 0
  #refusal: BinnacleError | undefined
  #exemplars: ExemplarInput[] = []

  constructor(deps: ScrapeCacheDeps, options: ScrapeCacheOptions) {
    this.#store = deps.store
    this.#relabel = deps.relabel
    this.#strings = deps.strings ?? new ByteStrings()
    this.#options = options
    this.#honorTimestamps = options.honorTimestamps ?? true
    this.#epoch = deps.store.epoch
  }

  get counts(): ScrapeCounts {
    return { scraped: this.#scraped, kept: this.#kept, seriesAdded: this.#added }
  }

  get sizeBytes(): number {
    return this.#keys.arena.length + this.#kinds.length * 42 + this.#slotRefs.length * 60
  }

  parse(body: Buffer, input: ParseInput): ScrapeResult {
    // Every search below may then stop at a newline, without asking for the end each time.
    if (input.format !== this.#format) this.#rereadMetadata()
    const terminated =
      body.length > 0 && body[body.length - 1] !== NEWLINE ? Buffer.concat([body, Buffer.from('\n')]) : body
    this.#body = terminated
    this.#view = viewOf(terminated)
    this.#format = input.format
    this.#out = input.out
    this.#atMs = input.atMs
    try {
      // A new series may make the store drop others, which voids refs already in `out`: read once more then.
      for (let attempt = 0; ; attempt++) {
        this.#refresh()
        this.#read()
        if (this.#store.epoch === this.#epoch) break
        if (attempt === 3) throw new Error('the store drops series faster than a scrape names them')
      }
      const limit = this.#options.sampleLimit ?? 0
      if (limit > 0 && this.#kept > limit) {
        throw new BinnacleError('exposition.sample_limit', `sample_limit exceeded: ${this.#kept} samples`, {
          kind: 'limit',
          hint: `sample_limit is ${limit}`,
        })
      }
      return this.#accept()
    } catch (error) {
      input.out.length = 0
      this.#forgetFailed()
      throw error
    } finally {
      this.#body = EMPTY
      this.#view = EMPTY_VIEW
      this.#lexer.finish()
    }
  }

  allGone(): Uint32Array {
    this.#refresh()
    const gone = new Uint32Array(this.#liveCount)
    for (let i = 0; i < this.#liveCount; i++) gone[i] = this.#slotRefs[this.#live[i]!]!
    this.#liveCount = 0
    return gone
  }

  families(): ExposedFamily[] {
    const declared = this.#namesOfLastGood()
    const out: ExposedFamily[] = []
    for (const [metric, { type, help, unit }] of this.#families) {
      if (declared === undefined || declared.has(metric)) out.push({ metric, type, help, unit })
    }
    return out
  }

  /** Families that the last good answer has lines of; undefined when these are simply all. */
  #namesOfLastGood(): Set<string> | undefined {
    let gone = false
    for (let entry = 0; entry < this.#keys.count && !gone; entry++) {
      gone = this.#kinds[entry]! > COMMENT && this.#seen[entry] !== this.#lastGood
    }
    if (!gone) return undefined
    const names = new Set<string>()
    for (let entry = 0; entry < this.#keys.count; entry++) {
      if (this.#kinds[entry]! > COMMENT && this.#seen[entry] === this.#lastGood) names.add(this.#familyOf(entry))
    }
    return names
  }

  /** Name in a comment line that was read well before. */
  #familyOf(entry: number): string {
    const { starts, lengths, arena } = this.#keys
    const line = Buffer.concat([arena.subarray(starts[entry]!, starts[entry]! + lengths[entry]!), NEWLINE_BYTE])
    return parseMetadataLine(line, 0, line.length - 1, this.#format).family
  }

  #read(): void {
    const { length } = this.#body
    this.#scrape++
    this.#at = this.#position = this.#lines = this.#nextLiveCount = 0
    this.#scraped = this.#kept = this.#added = this.#duplicates = this.#refused = 0
    this.#refusal = undefined
    this.#exemplars = []
    this.#context = CONTEXT_NONE
    this.#ended = false
    this.#out.length = 0
    this.#lexer.begin(this.#body, this.#view, this.#format)
    if (this.#keys.count === 0) this.#expect(length)
    while (this.#at < length) {
      if (this.#ended) throw malformed(this.#body, this.#at, 'nothing after "# EOF"')
      const matched = this.#readKnownLines()
      if (matched >= 0) this.#readTail(matched, this.#at, this.#at + this.#keys.lengths[matched]!)
      else if (this.#at < length) this.#readLine()
    }
    // An empty answer counts as a scrape without samples, whatever its format, as in Prometheus.
    if (length > 0 && this.#format === 'openmetrics' && !this.#ended) throw malformed(this.#body, length, '"# EOF"')
  }

  /**
   * Reads lines as long as they begin like those of the last scrape and end plainly. Returns the entry of a line that
   * begins so but ends otherwise (long numbers, NaN, timestamps, exemplars, a duplicate), or -1 when it is for `readLine`.
   */
  #readKnownLines(): number {
    const body = this.#body
    const view = this.#view
    const length = body.length
    const order = this.#order
    const orderCount = this.#orderCount
    const { starts, lengths, arenaView } = this.#keys
    const kinds = this.#kinds
    const slots = this.#slots
    const slotSeen = this.#slotSeen
    const slotRefs = this.#slotRefs
    const scrape = this.#scrape
    const lastGood = this.#lastGood
    const out = this.#out
    const atMs = this.#atMs
    let at = this.#at
    let position = this.#position

    growSampleBatch(out, out.length + orderCount - position)
    this.#growLines(this.#lines + orderCount - position)
    const { refs, ts, values } = out
    const nextOrder = this.#nextOrder
    const nextLive = this.#nextLive
    const seen = this.#seen
    const positions = this.#positions
    let lines = this.#lines
    let live = this.#nextLiveCount
    let count = out.length
    let scraped = 0
    let kept = 0
    let added = 0
    let matched = -1

    while (position < orderCount) {
      const entry = order[position]!
      const keyLength = lengths[entry]!
      let p = at + keyLength
      if (p >= length || !sameBytes(view, at, arenaView, starts[entry]!, keyLength)) break
      const kind = kinds[entry]!
      if (kind >= COMMENT) {
        if (body[p] !== NEWLINE) break
        // A line that was away for a while may say something else than the family's newest text.
        if (kind > COMMENT && seen[entry]! < lastGood) break
        if (kind >= TYPE_OTHER) this.#context = contextOf(kind)
      } else {
        if (kind === UNRESOLVED || body[p] !== SPACE) break
        // Blanks and a brace may follow a name in the text format: `up {job="a"} 1` is not the series `up`.
        const next = body[p + 1]!
        if (next > SPACE && next !== OPEN) matched = entry
        // The number by hand: a mantissa of up to 15 digits and a power of ten up to 22 are exact.
        let digit = body[++p]! - 0x30
        const negative = digit === -3
        if (negative) digit = body[++p]! - 0x30
        let from = p
        let mantissa = 0
        while (digit >= 0 && digit <= 9) {
          mantissa = mantissa * 10 + digit
          digit = body[++p]! - 0x30
        }
        let digits = p - from
        let scale = 0
        if (digit === -2) {
          from = ++p
          digit = body[p]! - 0x30
          while (digit >= 0 && digit <= 9) {
            mantissa = mantissa * 10 + digit
            digit = body[++p]! - 0x30
          }
          scale = from - p
          digits -= scale
        }
        if (digits === 0 || digits > EXACT_DIGITS) break
        if (digit === 53 || digit === 21) {
          digit = body[++p]! - 0x30
          const down = digit === -3
          if (down || digit === -5) digit = body[++p]! - 0x30
          from = p
          let exponent = 0
          while (digit >= 0 && digit <= 9 && exponent < 1000) {
            exponent = exponent * 10 + digit
            digit = body[++p]! - 0x30
          }
          if (p === from) break
          scale += down ? -exponent : exponent
          if (scale > 22 || scale < -22) break
        }
        if (body[p] !== NEWLINE) break
        if (kind === SERIES) {
          const slot = slots[entry]!
          const before = slotSeen[slot]!
          if (before === scrape) break
          if (before < lastGood) added++
          slotSeen[slot] = scrape
          nextLive[live++] = slot
          let value = mantissa
          if (scale < 0) value = mantissa / EXACT_POWERS[-scale]!
          else if (scale > 0) value = mantissa * EXACT_POWERS[scale]!
          refs[count] = slotRefs[slot]!
          ts[count] = atMs
          values[count++] = negative ? -value : value
          kept++
        }
        scraped++
        matched = -1
      }
      seen[entry] = scrape
      positions[entry] = lines
      nextOrder[lines++] = entry
      position++
      at = p + 1
    }

    this.#at = at
    this.#position = position
    this.#lines = lines
    this.#nextLiveCount = live
    out.length = count
    this.#scraped += scraped
    this.#kept += kept
    this.#added += added
    return matched
  }

  /** At first contact: tables of the size that the answer will need, instead of doubling them and copying. */
  #expect(bodyBytes: number): void {
    const bytes = Math.min(bodyBytes, EXPECTED_BYTES)
    if (bytes <= this.#keys.arena.length) return
    const entries = Math.ceil(bytes / EXPECTED_LINE_BYTES)
    this.#keys = new ByteTable(entries, bytes)
    this.#resizeEntries(entries, false)
    this.#resizeSlots(entries, false)
    this.#slotOfRef.expect(entries)
    this.#growLines(entries)
  }

  /** One line of any kind, by all rules. */
  #readLine(): void {
    const body = this.#body
    const strict = this.#format === 'openmetrics'
    const from = strict ? this.#at : skipBlanks(body, this.#at)
    const first = body[from]
    if (first === HASH) this.#readMetadata(from)
    else if (first === NEWLINE && !strict) this.#at = from + 1
    else {
      this.#lexer.lexSeries(from)
      const to = this.#lexer.end
      const hash = hashBytes(this.#view, from, to)
      // A comment is never equal to a series: it begins with "#".
      const entry = this.#keys.find(this.#view, from, to, hash)
      this.#readTail(entry >= 0 ? entry : this.#addEntry(from, to, hash, UNRESOLVED), from, to)
    }
  }

  /** The rest of a line whose series stands in `body[from .. keyTo)`; of an unresolved one the lexer has just read it. */
  #readTail(entry: number, from: number, keyTo: number): void {
    const tail = this.#tail
    tail.read(this.#body, keyTo, this.#format)
    if (this.#kinds[entry] === UNRESOLVED) {
      if (this.#seen[entry]! < this.#lastGood) this.#contexts[entry] = this.#context
      const context = this.#contexts[entry] as TypeContext
      this.#resolve(entry, this.#lexer.labels(this.#strings, context, true), from)
    }
    this.#scraped++
    const { value } = tail
    const timed = tail.hasTs && this.#honorTimestamps
    const atMs = timed ? tail.ts : this.#atMs
    const kind = this.#kinds[entry]!
    let slot = -1
    if (kind === SERIES) {
      slot = this.#slots[entry]!
      this.#take(slot, value, atMs, timed)
    } else if (kind === UNRESOLVED) this.#refused++
    this.#at = tail.next >= 0 ? tail.next : this.#readExemplar(slot, atMs)
    this.#markSeen(entry)
  }

  #take(slot: number, value: number, atMs: number, timed: boolean): void {
    const before = this.#slotSeen[slot]!
    this.#kept++
    if (before === this.#scrape && !timed && this.#slotTimed[slot] !== this.#scrape) {
      this.#duplicates++
      return
    }
    if (before < this.#lastGood) this.#added++
    const tracked = !timed || this.#options.trackTimestampsStaleness === true
    if (tracked && before !== this.#scrape) {
      this.#growLines(this.#nextLiveCount + 1)
      this.#nextLive[this.#nextLiveCount++] = slot
    }
    this.#slotSeen[slot] = this.#scrape
    if (timed) this.#slotTimed[slot] = this.#scrape
    const out = this.#out
    growSampleBatch(out, out.length + 1)
    out.refs[out.length] = this.#slotRefs[slot]!
    out.ts[out.length] = atMs
    out.values[out.length++] = value
  }

  /** The exemplar that the tail has found; returns where the next line begins. `slot` is -1 for a series not stored. */
  #readExemplar(slot: number, sampleMs: number): number {
    const body = this.#body
    const from = this.#tail.exemplarFrom
    const newline = body.indexOf(NEWLINE, from)
    // 0 is that of a series without exemplar, and of no bytes: such an exemplar is to be read, and refused.
    const hash = hashBytes(this.#view, from, newline) || 1
    // An exemplar stays on the page until another takes its place. Comparing hashes misses a new one in 2^32.
    if (slot >= 0 && this.#slotExemplars?.[slot] === hash) return newline + 1
    this.#lexer.lexExemplarLabels(from)
    const labels = this.#lexer.labels(this.#strings, CONTEXT_NONE, false)
    this.#tail.readExemplar(body, this.#lexer.end)
    const { value, ts, hasTs, next } = this.#tail
    if (slot < 0) return next
    this.#slotExemplars ??= new Uint32Array(this.#slotRefs.length)
    this.#slotExemplars[slot] = hash
    let characters = 0
    for (const text of labels) characters += text.length
    if (characters <= MAX_EXEMPLAR_CHARACTERS) {
      this.#exemplars.push({ series: this.#slotRefs[slot]!, labels, ts: hasTs ? ts : sampleMs, value })
    }
    return next
  }

  #readMetadata(from: number): void {
    const body = this.#body
    const to = body.indexOf(NEWLINE, from)
    this.#at = to + 1
    const hash = hashBytes(this.#view, from, to)
    let entry = this.#keys.find(this.#view, from, to, hash)
    if (entry < 0 || (this.#kinds[entry]! > COMMENT && this.#seen[entry]! < this.#lastGood)) {
      const line = parseMetadataLine(body, from, to, this.#format)
      if (line.kind === 'end') {
        this.#ended = true
        return
      }
      this.#remember(line)
      if (entry < 0) entry = this.#addEntry(from, to, hash, METADATA)
      this.#kinds[entry] = kindOf(line)
    }
    if (this.#kinds[entry]! >= TYPE_OTHER) this.#context = contextOf(this.#kinds[entry]!)
    this.#markSeen(entry)
  }

  #remember(line: MetadataLine): void {
    if (line.kind === 'comment' || line.kind === 'end') return
    let family = this.#families.get(line.family)
    if (!family) {
      family = { type: 'unknown', help: '', unit: '' }
      this.#families.set(this.#shared(line.family), family)
    }
    if (family[line.kind] === line.text && this.#changedFamilies.has(line.family)) return
    family[line.kind] = this.#shared(line.text)
    this.#changedFamilies.add(line.family)
  }

  /** The same string for the same text in all targets: a thousand of them declare the same families. */
  #shared(text: string): string {
    const bytes = Buffer.from(text)
    return this.#strings.textOf(bytes, viewOf(bytes), 0, bytes.length) ?? text
  }

  #markSeen(entry: number): void {
    this.#growLines(this.#lines + 1)
    // The guess goes on behind the place that this line had last time; for a new line it stays where it is.
    const position = this.#positions[entry]!
    if (position < this.#orderCount && this.#order[position] === entry && this.#seen[entry] !== this.#scrape) {
      this.#position = position + 1
    }
    this.#seen[entry] = this.#scrape
    this.#positions[entry] = this.#lines
    this.#nextOrder[this.#lines++] = entry
  }

  #addEntry(from: number, to: number, hash: number, kind: number): number {
    const entry = this.#keys.addFrom(this.#view, from, to, hash)
    if (entry === this.#kinds.length) this.#resizeEntries(entry * 2)
    this.#kinds[entry] = kind
    this.#contexts[entry] = this.#context
    this.#slots[entry] = 0
    this.#seen[entry] = 0
    this.#positions[entry] = 0xffffffff
    return entry
  }

  /** Relabels, checks the limits, asks the store for the ref. A series that the store refuses stays unresolved. */
  #resolve(entry: number, exposed: Labels, from: number): void {
    const labels = this.#relabel(exposed)
    if (labels === undefined) {
      this.#kinds[entry] = DROPPED
      return
    }
    if (labels[0] !== '__name__' && labelValue(labels, '__name__') === '') {
      throw malformed(this.#body, from, 'a series that has a metric name after relabelling')
    }
    checkLabelLimits(labels, this.#options)
    let ref: SeriesRef
    try {
      ref = this.#store.refOf(labels)
    } catch (error) {
      if (!(error instanceof BinnacleError)) throw error
      // The series that are known go on: one series too many must not blind the alerts on all others.
      this.#refusal ??= error
      return
    }
    let slot = this.#slotOfRef.get(ref)
    if (slot < 0) {
      slot = this.#slotCount++
      if (slot === this.#slotRefs.length) this.#resizeSlots(slot * 2)
      this.#slotRefs[slot] = ref
      this.#slotSeen[slot] = 0
      this.#slotTimed[slot] = 0
      if (this.#slotExemplars) this.#slotExemplars[slot] = 0
      this.#slotOfRef.set(ref, slot)
    }
    this.#slots[entry] = slot
    this.#kinds[entry] = SERIES
  }

  #accept(): ScrapeResult {
    const gone: number[] = []
    for (let i = 0; i < this.#liveCount; i++) {
      const slot = this.#live[i]!
      if (this.#slotSeen[slot] !== this.#scrape) gone.push(this.#slotRefs[slot]!)
    }
    const live = this.#live
    this.#live = this.#nextLive
    this.#nextLive = live
    this.#liveCount = this.#nextLiveCount
    // An empty answer says nothing about the order of the next one.
    if (this.#body.length > 0) {
      const order = this.#order
      this.#order = this.#nextOrder
      this.#nextOrder = order
      this.#orderCount = this.#lines
      for (const name of this.#changedFamilies) this.#store.describe(name, { ...this.#families.get(name)! })
      this.#changedFamilies.clear()
      const previous = this.#lastGood
      this.#lastGood = this.#scrape
      this.#forgetOld(previous)
    }
    return {
      scraped: this.#scraped,
      kept: this.#kept,
      seriesAdded: this.#added,
      duplicates: this.#duplicates,
      refused: this.#refused,
      refusal: this.#refusal,
      gone: gone.length === 0 ? NOTHING : Uint32Array.from(gone),
      exemplars: this.#exemplars,
    }
  }

  /** The two formats differ in what a comment line means: all of them are read again. */
  #rereadMetadata(): void {
    for (let entry = 0; entry < this.#keys.count; entry++) {
      if (this.#kinds[entry]! < COMMENT) continue
      this.#kinds[entry] = METADATA
      this.#seen[entry] = 0
    }
  }

  /** After a failed scrape the order of the last good one holds, and what only the failed one had must not pile up. */
  #forgetFailed(): void {
    for (let i = 0; i < this.#orderCount; i++) this.#positions[this.#order[i]!] = i
    if (this.#keys.count <= this.#orderCount * 2 + CHURN_ALLOWED) return
    const keep = new Uint8Array(this.#keys.count)
    for (let i = 0; i < this.#orderCount; i++) keep[this.#order[i]!] = 1
    this.#compact(keep)
  }

  /** Forgets what neither this scrape nor the one before had, once it is more than what they had. */
  #forgetOld(previous: number): void {
    if (this.#keys.count <= this.#lines * 2 + CHURN_ALLOWED) return
    const keep = new Uint8Array(this.#keys.count)
    for (let entry = 0; entry < keep.length; entry++) keep[entry] = this.#seen[entry]! >= previous ? 1 : 0
    this.#compact(keep)
  }

  /** After the store dropped series: new refs for what the last good scrape had, the rest when it shows up again. */
  #refresh(): void {
    if (this.#store.epoch === this.#epoch) return
    // A series created here may change the epoch once more; the loop ends as soon as a round did not.
    for (let round = 0; this.#store.epoch !== this.#epoch; round++) {
      if (round === 4) throw new Error('the store drops series faster than a target can name them')
      this.#epoch = this.#store.epoch
      this.#slotOfRef.clear()
      const known = this.#keys
      for (let entry = 0; entry < known.count; entry++) {
        if (this.#kinds[entry] !== SERIES) continue
        this.#kinds[entry] = UNRESOLVED
        if (this.#seen[entry]! < this.#lastGood) continue
        const slot = this.#slots[entry]!
        const ref = this.#refAgain(entry)
        if (ref === undefined) continue
        this.#kinds[entry] = SERIES
        this.#slotRefs[slot] = ref
        this.#slotOfRef.set(ref, slot)
      }
    }
    // A live series that the store refuses now cannot be marked stale either.
    let live = 0
    for (let i = 0; i < this.#liveCount; i++) {
      const slot = this.#live[i]!
      if (this.#slotOfRef.get(this.#slotRefs[slot]!) === slot) this.#live[live++] = slot
    }
    this.#liveCount = live
  }

  #refAgain(entry: number): SeriesRef | undefined {
    const from = this.#keys.starts[entry]!
    const key = Buffer.concat([this.#keys.arena.subarray(from, from + this.#keys.lengths[entry]!), Buffer.from(' \n')])
    // Keys were accepted once; the text format accepts all that OpenMetrics does.
    this.#lexer.begin(key, viewOf(key), 'text')
    this.#lexer.lexSeries(0)
    const exposed = this.#lexer.labels(this.#strings, this.#contexts[entry] as TypeContext, true)
    const labels = this.#relabel(exposed)
    if (labels === undefined) return undefined
    try {
      return this.#store.refOf(labels)
    } catch (error) {
      if (error instanceof BinnacleError) return undefined
      throw error
    }
  }

  /** Builds all tables anew with the entries that `keep` marks; those of the last good scrape must be among them. */
  #compact(keep: Uint8Array): void {
    const old = this.#keys
    const { hashes, starts, lengths, arenaView } = old
    const kinds = this.#kinds
    const contexts = this.#contexts
    const slots = this.#slots
    const seen = this.#seen
    const slotRefs = this.#slotRefs
    const slotSeen = this.#slotSeen
    const slotTimed = this.#slotTimed
    const slotExemplars = this.#slotExemplars
    const newSlots = new Uint32Array(this.#slotCount)
    const newEntries = new Uint32Array(old.count)
    const families = this.#families

    this.#keys = new ByteTable()
    this.#resizeEntries(64, false)
    this.#resizeSlots(64, false)
    this.#slotExemplars = slotExemplars && new Uint32Array(64)
    this.#slotCount = 0
    this.#slotOfRef = new RefSlots()
    this.#families = new Map()
    for (let entry = 0; entry < old.count; entry++) {
      if (keep[entry] === 0) continue
      const from = starts[entry]!
      const to = from + lengths[entry]!
      const kept = this.#keys.addFrom(arenaView, from, to, hashes[entry]!)
      if (kept === this.#kinds.length) this.#resizeEntries(kept * 2)
      newEntries[entry] = kept
      this.#kinds[kept] = kinds[entry]!
      this.#contexts[kept] = contexts[entry]!
      this.#seen[kept] = seen[entry]!
      this.#positions[kept] = 0xffffffff
      if (kinds[entry]! > COMMENT) {
        const family = this.#familyOf(kept)
        const known = families.get(family)
        if (known) this.#families.set(family, known)
      }
      if (kinds[entry] !== SERIES) continue
      const slot = slots[entry]!
      const ref = slotRefs[slot]!
      let keptSlot = this.#slotOfRef.get(ref)
      if (keptSlot < 0) {
        keptSlot = this.#slotCount++
        if (keptSlot === this.#slotRefs.length) this.#resizeSlots(keptSlot * 2)
        this.#slotRefs[keptSlot] = ref
        this.#slotSeen[keptSlot] = slotSeen[slot]!
        this.#slotTimed[keptSlot] = slotTimed[slot]!
        if (this.#slotExemplars) this.#slotExemplars[keptSlot] = slotExemplars![slot]!
        this.#slotOfRef.set(ref, keptSlot)
      }
      newSlots[slot] = keptSlot
      this.#slots[kept] = keptSlot
    }
    // Live series all have a line in the order.
    for (let i = 0; i < this.#orderCount; i++) {
      const entry = newEntries[this.#order[i]!]!
      this.#order[i] = entry
      this.#positions[entry] = i
    }
    for (let i = 0; i < this.#liveCount; i++) this.#live[i] = newSlots[this.#live[i]!]!
    for (const name of this.#changedFamilies) if (!this.#families.has(name)) this.#changedFamilies.delete(name)
  }

  #growLines(capacity: number): void {
    if (capacity <= this.#nextOrder.length && capacity <= this.#nextLive.length) return
    let size = 64
    while (size < capacity) size *= 2
    if (this.#nextOrder.length < size) this.#nextOrder = grown(this.#nextOrder, size)
    if (this.#nextLive.length < size) this.#nextLive = grown(this.#nextLive, size)
  }

  #resizeEntries(capacity: number, keep = true): void {
    const kinds = new Uint8Array(capacity)
    const contexts = new Uint8Array(capacity)
    if (keep) {
      kinds.set(this.#kinds)
      contexts.set(this.#contexts)
    }
    this.#kinds = kinds
    this.#contexts = contexts
    this.#slots = keep ? grown(this.#slots, capacity) : new Uint32Array(capacity)
    this.#seen = keep ? grown(this.#seen, capacity) : new Uint32Array(capacity)
    this.#positions = keep ? grown(this.#positions, capacity) : new Uint32Array(capacity)
  }

  #resizeSlots(capacity: number, keep = true): void {
    this.#slotTimed = keep ? grown(this.#slotTimed, capacity) : new Uint32Array(capacity)
    this.#slotRefs = keep ? grown(this.#slotRefs, capacity) : new Uint32Array(capacity)
    this.#slotSeen = keep ? grown(this.#slotSeen, capacity) : new Uint32Array(capacity)
    if (keep && this.#slotExemplars) this.#slotExemplars = grown(this.#slotExemplars, capacity)
  }
}

const EMPTY = Buffer.alloc(0)
const NEWLINE_BYTE = Buffer.from('\n')
const EMPTY_VIEW = viewOf(EMPTY)

function kindOf(line: MetadataLine): number {
  if (line.kind === 'comment') return COMMENT
  if (line.kind !== 'type') return METADATA
  return line.text === 'histogram' ? TYPE_HISTOGRAM : line.text === 'summary' ? TYPE_SUMMARY : TYPE_OTHER
}

function contextOf(kind: number): TypeContext {
  return kind === TYPE_HISTOGRAM ? CONTEXT_HISTOGRAM : kind === TYPE_SUMMARY ? CONTEXT_SUMMARY : CONTEXT_NONE
}
