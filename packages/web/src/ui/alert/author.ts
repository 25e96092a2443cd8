import { useSyncExternalStore } from 'react'

const KEY = 'binnacle.author'

/** As it was typed last, on whichever part of the page; where nothing can be stored it lasts as long as the page. */
let current: string | undefined
const listeners = new Set<() => void>()

/** Who speaks, as this browser remembers it: Binnacle has no accounts yet, and a silence needs a name. */
export function useAuthor(): readonly [author: string, set: (author: string) => void] {
  return [useSyncExternalStore(subscribe, read), write]
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

function read(): string {
  current ??= load()
  return current
}

function write(author: string): void {
  current = author
  for (const listener of listeners) listener()
  try {
    localStorage.setItem(KEY, author)
  } catch {
    return
  }
}

function load(): string {
  try {
    return localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}
