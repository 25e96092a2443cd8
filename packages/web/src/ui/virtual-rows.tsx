import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import classes from './virtual-rows.module.css'

export type VirtualRowsProps = {
  /** What the list holds, in words. */
  label: string
  count: number
  /** First guess of a row's height, px; each row is measured once it is there. */
  estimate: (index: number) => number
  render: (index: number) => ReactNode
  /** Stays with a row while others come and go. */
  keyOf?: (index: number) => string | number
  /** Told which rows exist now, so that their data can be asked for. */
  onRange?: (first: number, last: number) => void
}

/** A list of any length that scrolls with the page: only rows in sight exist. */
export function VirtualRows({ label, count, estimate, render, keyOf, onRange }: VirtualRowsProps) {
  const list = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  // Where the list begins moves when something above it opens.
  useLayoutEffect(() => {
    const at = Math.round((list.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    if (at !== top) setTop(at)
  })
  const virtual = useWindowVirtualizer({
    count,
    estimateSize: estimate,
    ...(keyOf === undefined ? {} : { getItemKey: keyOf }),
    measureElement: (element) => element.getBoundingClientRect().height,
    scrollMargin: top,
    overscan: 10,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  useEffect(() => onRange?.(first, last), [onRange, first, last])
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows are placed one by one, which <ul> with its <li> gives no name for
    <div ref={list} role="list" aria-label={label} className={classes.list} style={{ height: virtual.getTotalSize() }}>
      {items.map((item) => (
        // biome-ignore lint/a11y/useSemanticElements: see above
        <div
          key={item.key}
          ref={virtual.measureElement}
          role="listitem"
          data-index={item.index}
          aria-setsize={count}
          aria-posinset={item.index + 1}
          className={classes.row}
          style={{ transform: `translateY(${item.start - top}px)` }}
        >
          {render(item.index)}
        </div>
      ))}
    </div>
  )
}

/** Moves the focus among the elements that `selector` finds; rows that do not exist yet come as the focus nears. */
export function moveFocusAmong(selector: string, by: number): void {
  const rows = [...document.querySelectorAll<HTMLElement>(selector)]
  const at = rows.indexOf(
    document.activeElement?.closest<HTMLElement>(selector) ?? (document.activeElement as HTMLElement),
  )
  const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
  next?.focus({ preventScroll: true })
  next?.scrollIntoView({ block: 'nearest' })
}
