import { type RefObject, useEffect, useState } from 'react'

/** True once `ref` is (nearly) in sight, false again when it has left: what is off screen does not query. */
export function useOnScreen(ref: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (ref.current === null) return
    const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), {
      rootMargin: '120px',
    })
    observer.observe(ref.current)
    return () => observer.disconnect()
  }, [ref])
  return seen
}
