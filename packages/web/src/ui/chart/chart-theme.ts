import { useMemo, useSyncExternalStore } from 'react'
import type { ChartTheme } from './build-options.ts'

const ATTRIBUTE = 'data-mantine-color-scheme'

/** The colour scheme in force, read where the stylesheet reads it, so that canvas and page never disagree. */
export function useScheme(): 'dark' | 'light' {
  return useSyncExternalStore(watchScheme, readScheme)
}

function readScheme(): 'dark' | 'light' {
  return document.documentElement.getAttribute(ATTRIBUTE) === 'dark' ? 'dark' : 'light'
}

function watchScheme(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange)
  observer.observe(document.documentElement, { attributeFilter: [ATTRIBUTE] })
  return () => observer.disconnect()
}

/** The tokens' values for the canvas, which cannot read CSS variables itself. */
export function useChartTheme(): ChartTheme {
  const scheme = useScheme()
  return useMemo(() => readTheme(scheme), [scheme])
}

function readTheme(_scheme: string): ChartTheme {
  const style = getComputedStyle(document.documentElement)
  const read = (name: string) => style.getPropertyValue(`--bn-${name}`).trim()
  const known = new Map<string, string>()
  return {
    text: read('text-muted'),
    grid: read('grid'),
    surface: read('surface'),
    font: `11px ${read('font')}`,
    area: Number(read('area')),
    stack: Number(read('stack')),
    color(token) {
      const value = known.get(token) ?? read(token)
      known.set(token, value)
      return value
    },
  }
}
