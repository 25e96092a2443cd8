/** Characters typed between asking for a layer and its field having the focus. */
export type EarlyKeys = {
  /** What was typed so far; from now on keys go where they go. */
  take(): string
}

const GIVE_UP_MS = 3000

/** Keeps what is typed until it is taken, so that `Ctrl+K` and a word right after it lose no letter. */
export function collectKeys(): EarlyKeys {
  let text = ''
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'Escape') return stop()
    if (event.key === 'Backspace') text = text.slice(0, -1)
    else if (event.key.length === 1) text += event.key
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  }
  const stop = () => {
    clearTimeout(timer)
    window.removeEventListener('keydown', onKey, { capture: true })
  }
  const timer = setTimeout(stop, GIVE_UP_MS)
  window.addEventListener('keydown', onKey, { capture: true })
  return {
    take() {
      stop()
      const taken = text
      text = ''
      return taken
    },
  }
}
