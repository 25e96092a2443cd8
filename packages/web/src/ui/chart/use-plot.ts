import { type RefObject, useLayoutEffect, useRef, useState } from 'react'
import uPlot from 'uplot'

/**
 * Keeps `plot` in the element `host`, as wide as that: made anew for new options, resized with the element, destroyed at
 * the end. New data is the caller's to set, as only it knows what else is read while drawing. Returns the width in px, 0
 * before there is a layout.
 */
export function usePlot(
  { host, plot }: { host: RefObject<HTMLDivElement | null>; plot: RefObject<uPlot | null> },
  options: Omit<uPlot.Options, 'width' | 'height'>,
  data: uPlot.AlignedData,
  height: number,
): number {
  const [width, setWidth] = useState(0)
  const dataNow = useRef(data)
  dataNow.current = data

  // biome-ignore lint/correctness/useExhaustiveDependencies: the element stays the same
  useLayoutEffect(() => {
    const element = host.current
    if (element === null) return
    setWidth(Math.floor(element.clientWidth))
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const ready = width > 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: size changes go through setSize, below
  useLayoutEffect(() => {
    if (!ready || host.current === null) return
    const u = new uPlot({ ...options, width, height }, dataNow.current, host.current)
    plot.current = u
    return () => {
      plot.current = null
      u.destroy()
    }
  }, [options, ready])
  // biome-ignore lint/correctness/useExhaustiveDependencies: `plot` is a ref
  useLayoutEffect(() => {
    if (width > 0) plot.current?.setSize({ width, height })
  }, [width, height])

  return width
}
