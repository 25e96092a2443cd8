/** Whether somebody has come by the link of a message and is still where it led. */
let byLink = false

export type Arrival = {
  /** Of the address that was opened. */
  readonly path: string
  /** Where an address of Prometheus's or Alertmanager's pages, which messages carry, leads here. */
  readonly translated: string | undefined
  /** The page that the link was on, if the browser says so. */
  readonly referrer: string
  readonly origin: string
}

/** A link of a message leads to the alerts or to one alert, and is on no page of ours. */
export function isByLink({ path, translated, referrer, origin }: Arrival): boolean {
  if (translated !== undefined) return translated.startsWith('/alerts')
  return /^\/alerts\/[0-9a-f]{16}$/.test(path) && !referrer.startsWith(`${origin}/`)
}

export function noteArrival(arrival: Arrival): void {
  byLink = isByLink(arrival)
}

/** Somebody goes on: to alerts the link may have led, to other pages it has not. */
export function noteMove(path: string): void {
  if (!path.startsWith('/alerts')) byLink = false
}

/** From where what is done now is done, for the history. */
export const arrivedVia = (): 'link' | 'page' => (byLink ? 'link' : 'page')
