import { type UseQueryOptions, useQueries } from '@tanstack/react-query'
import { useCallback, useState } from 'react'

export type Paged<A extends { readonly items: readonly unknown[] }> = {
  /** The item at a place of the whole list; `undefined` while its page is on its way. */
  at(index: number): A['items'][number] | undefined
  /** The page that has it. */
  pageOf(index: number): A | undefined
  /** Stays the same from one drawing to the next. */
  onRange(first: number, last: number): void
}

/** The pages of a long list that are in sight, asked for as it scrolls. The first page is the caller's own query. */
export function usePaged<A extends { readonly items: readonly unknown[] }>(
  first: A | undefined,
  pageRows: number,
  optionsOf: (offset: number) => object,
  refetchInterval: number | false,
): Paged<A> {
  const [range, setRange] = useState({ from: 0, to: 0 })
  const pages: number[] = []
  for (let page = Math.max(1, range.from); page <= range.to; page++) pages.push(page)
  const answers = useQueries({
    queries: pages.map((page) => ({ ...(optionsOf(page * pageRows) as UseQueryOptions<A>), refetchInterval })),
  })
  const onRange = useCallback(
    (a: number, b: number) => {
      const from = Math.floor(a / pageRows)
      const to = Math.floor(b / pageRows)
      setRange((old) => (old.from === from && old.to === to ? old : { from, to }))
    },
    [pageRows],
  )
  const pageOf = (index: number) => {
    const page = Math.floor(index / pageRows)
    return page === 0 ? first : answers[pages.indexOf(page)]?.data
  }
  return { at: (index) => pageOf(index)?.items[index % pageRows], pageOf, onRange }
}
