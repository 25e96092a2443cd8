import { useState } from 'react'

const KEY = 'binnacle.author'

/** Who speaks, as this browser remembers it: Binnacle has no accounts yet, and a silence needs a name. */
export function useAuthor(): readonly [author: string, set: (author: string) => void] {
  const [author, setAuthor] = useState(load)
  return [
    author,
    (next) => {
      setAuthor(next)
      try {
        localStorage.setItem(KEY, next)
      } catch {
        return
      }
    },
  ]
}

function load(): string {
  try {
    return localStorage.getItem(KEY) ?? ''
  } catch {
    return ''
  }
}
