import { useEffect, useRef } from 'react'

/**
 * For a dialog that exists only while it is open: when it goes, the focus is again where it was when it came, so that
 * whoever works by keys goes on from the row that they were at.
 */
export function useReturnFocus(): void {
  // At the first render the dialog has not taken it yet.
  const before = useRef(document.activeElement)
  useEffect(
    () => () => {
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus()
    },
    [],
  )
}
