import { createHash } from 'node:crypto'

/*
 * Where in its interval a target is scraped. All targets of one Binnacle are scraped one soon after the other: what rules read
 * has then come soon after it began to come, and a group of rules right behind sees all of it fresh, be it of one target or of
 * a hundred. Spread over the interval, half of them would have waited for half an interval.
 *
 *   15 s  |a b c d                      |a b c d                      |a b c d
 *   30 s  |e  f                                                       |e  f
 *         ^ the phase of this Binnacle: it follows from the seed, so that several ask the same targets at different moments
 *
 * The window grows with the number of targets, and with those behind one address: fifty probes by way of one exporter are work
 * for that exporter. At thousands of targets it is the whole interval.
 */

export type ScrapePlaces = {
  /** A target that is scraped, until the returned function is called. All that begin together are counted before one begins. */
  count(url: string): () => void
  /** The place of a target in the interval by the counts of now, ms: a scrape begins when Unix time leaves this rest. */
  phaseOf(target: PlacedTarget): number
  /**
   * Where the window of most targets of this interval ends, ms within the interval; undefined when there is none: scrapes
   * are spread over half of the interval or more.
   */
  windowEnd(intervalMs: number): number | undefined
}

export type PlacedTarget = {
  readonly id: string
  /** Empty for a part of Binnacle itself. */
  readonly url: string
  readonly intervalMs: number
}

export type ScrapePlacesOptions = {
  readonly seed: string
  /** Part of the interval over which targets are spread, up to 1 for all of it; undefined: by their number. */
  readonly spread?: number | undefined
}

/** Of the interval, even for a few targets. */
const LEAST_SPREAD = 1 / 20
/** What a scrape may take of the watch's time, twice over. */
const MS_A_TARGET = 2
const MS_A_TARGET_OF_AN_ADDRESS = 30

export function createScrapePlaces({ seed, spread }: ScrapePlacesOptions): ScrapePlaces {
  const begin = hashOf(seed)
  const byAddress = new Map<string, number>()
  let total = 0

  function widthOf(intervalMs: number, ofAddress: number): number {
    if (spread !== undefined) return spread * intervalMs
    const byNumber = Math.max(MS_A_TARGET * total, MS_A_TARGET_OF_AN_ADDRESS * ofAddress)
    return Math.min(intervalMs, Math.max(LEAST_SPREAD * intervalMs, byNumber))
  }

  return {
    count(url) {
      const address = addressOf(url)
      total++
      byAddress.set(address, (byAddress.get(address) ?? 0) + 1)
      let counted = true
      return () => {
        if (!counted) return
        counted = false
        total--
        const left = byAddress.get(address)! - 1
        if (left > 0) byAddress.set(address, left)
        else byAddress.delete(address)
      }
    },
    phaseOf({ id, url, intervalMs }) {
      const width = widthOf(intervalMs, url === '' ? 0 : (byAddress.get(addressOf(url)) ?? 0))
      const place = Math.floor((hashOf(`${seed}\n${id}`) / 2 ** 48) * width)
      return ((begin % intervalMs) + place) % intervalMs
    },
    windowEnd(intervalMs) {
      const width = widthOf(intervalMs, 0)
      return width >= intervalMs / 2 ? undefined : ((begin % intervalMs) + Math.ceil(width)) % intervalMs
    },
  }
}

/** 48 bits. */
function hashOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6)
}

/** Scheme, host and port. */
function addressOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : url
}
