import { IconFilter, IconX } from '@tabler/icons-react'
import { type Ref, useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import classes from './filter-field.module.css'
import { TextField } from './text-field.tsx'

const TYPING_MS = 350

/** Matchers as text. What is typed counts after a moment, or at once with Enter. */
export function FilterField({
  filter,
  wrong,
  onFilter,
  ref,
}: {
  filter: string
  wrong: string | false
  onFilter: (filter: string) => void
  ref?: Ref<HTMLInputElement>
}) {
  const [text, setText] = useState(filter)
  const typed = useRef(filter)
  // The address may change by other hands: a chip, the back button.
  useEffect(() => {
    if (filter !== typed.current) setText(filter)
    typed.current = filter
  }, [filter])
  useEffect(() => {
    if (text === typed.current) return
    const timer = setTimeout(() => {
      typed.current = text
      onFilter(text.trim())
    }, TYPING_MS)
    return () => clearTimeout(timer)
  }, [text, onFilter])
  return (
    <div className={classes.field}>
      <TextField
        ref={ref}
        label="Filter by matchers"
        placeholder={'severity="critical", service=~"api|shop"'}
        icon={<IconFilter size={15} aria-hidden="true" />}
        value={text}
        aria-invalid={wrong !== false || undefined}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur()
          if (event.key !== 'Enter') return
          typed.current = text
          onFilter(text.trim())
        }}
      />
      {text !== '' && (
        <Button
          small
          icon
          look="quiet"
          aria-label="Clear the filter"
          onClick={() => {
            setText('')
            typed.current = ''
            onFilter('')
          }}
        >
          <IconX size={14} aria-hidden="true" />
        </Button>
      )}
      {wrong !== false && <p className={classes.wrong}>{wrong}</p>}
    </div>
  )
}
