import { useEffect, useRef } from 'react'

/** A key or a sequence of keys (`g h`), what it does in words, and the doing. `mod` is Ctrl, or Cmd on a Mac. */
export type KeyBinding = {
  readonly keys: string
  readonly label: string
  readonly group: string
  readonly run: () => void
}

const SEQUENCE_MS = 900
const bound = new Set<{ readonly current: readonly KeyBinding[] }>()
/** Whether a layer was open when the key went down: by the time that the key comes here, Esc may have closed it already. */
let hadLayer = false
let started: { keys: string; atMs: number } | undefined

/** The keys of the page in force, for the help. */
export function boundKeys(): readonly KeyBinding[] {
  return [...bound].flatMap((b) => b.current)
}

/** Binds keys while the component lives. Single keys never act while somebody types or a dialog or menu is open. */
export function useKeys(bindings: readonly KeyBinding[]): void {
  const latest = useRef(bindings)
  latest.current = bindings
  useEffect(() => {
    if (bound.size === 0) {
      window.addEventListener('keydown', noteLayer, { capture: true })
      window.addEventListener('keydown', onKeyDown)
    }
    bound.add(latest)
    return () => {
      bound.delete(latest)
      if (bound.size > 0) return
      window.removeEventListener('keydown', noteLayer, { capture: true })
      window.removeEventListener('keydown', onKeyDown)
    }
  }, [])
}

function noteLayer(): void {
  hadLayer = document.querySelector('[role="dialog"], [role="menu"]') !== null
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing) return
  const mod = event.ctrlKey || event.metaKey
  if (!mod && (isTyping(event.target) || hadLayer)) return
  const key = `${mod ? 'mod+' : ''}${event.key.length === 1 ? event.key.toLowerCase() : event.key}`
  const sequence =
    started !== undefined && event.timeStamp - started.atMs < SEQUENCE_MS ? `${started.keys} ${key}` : key
  const all = boundKeys()
  const found = all.find((b) => b.keys === sequence) ?? all.find((b) => b.keys === key)
  started = undefined
  if (found !== undefined) {
    event.preventDefault()
    found.run()
  } else if (all.some((b) => b.keys.startsWith(`${key} `))) started = { keys: key, atMs: event.timeStamp }
}

/** True where letters are text: fields, editors, lists that search as one types. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable="true"], [role="combobox"]') !== null
  )
}
