/** Whether somebody has come by the link of a message and is still where it led. */
let byLink = false

/** Survives a reload; another tab has its own. */
const KEY = 'binnacle.arrival'
/** Templates of messages write it behind the address of an alert. */
const MARK = { name: 'via', value: 'link' }

export type Arrival = {
  /** Of the address that was opened. */
  readonly path: string
  readonly search: string
  /** Where an address of Prometheus's or Alertmanager's pages, which messages carry, leads here. */
  readonly translated: string | undefined
  /** A reload, or back from another site: the tab was here before. */
  readonly isReturn: boolean
}

const isMarked = (search: string) => new URLSearchParams(search).get(MARK.name) === MARK.value

/**
 * A link of a message has Alertmanager's address of the alerts, which no page of ours has, or the mark. The address of an alert
 * alone says nothing: pages have it too, and no page tells the next one where a link was (`Referrer-Policy: no-referrer`).
 */
export function isByLink({ path, search, translated }: Omit<Arrival, 'isReturn'>): boolean {
  if (translated !== undefined) return translated.startsWith('/alerts')
  return path.startsWith('/alerts') && isMarked(search)
}

/** The address without the mark, so that it is not passed on; `undefined` where it has none. */
export function withoutMark({ path, search }: Pick<Arrival, 'path' | 'search'>): string | undefined {
  if (!isMarked(search)) return undefined
  const rest = search
    .replace(/^\?/, '')
    .split('&')
    .filter((one) => one !== `${MARK.name}=${MARK.value}`)
  return `${path}${rest.length === 0 ? '' : `?${rest.join('&')}`}`
}

export function noteArrival(arrival: Arrival): void {
  set(arrival.isReturn ? isKept() : isByLink(arrival))
}

/** Somebody goes on: to alerts the link may have led, to other pages it has not. */
export function noteMove(path: string): void {
  if (!path.startsWith('/alerts')) set(false)
}

/** From where what is done now is done, for the history. */
export const arrivedVia = (): 'link' | 'page' => (byLink ? 'link' : 'page')

function set(next: boolean): void {
  byLink = next
  try {
    if (next) sessionStorage.setItem(KEY, 'link')
    else sessionStorage.removeItem(KEY)
  } catch {
    // Where nothing can be stored a reload is a page like any other.
    return
  }
}

function isKept(): boolean {
  try {
    return sessionStorage.getItem(KEY) === 'link'
  } catch {
    return false
  }
}
