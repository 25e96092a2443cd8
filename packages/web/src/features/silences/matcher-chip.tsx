import { IconX } from '@tabler/icons-react'
import { useState } from 'react'
import type { MatcherKind, MatcherText } from '../../api/index.ts'
import classes from './silences.module.css'

const KINDS: readonly MatcherKind[] = ['=', '!=', '=~', '!~']

export type MatcherChipProps = {
  matcher: MatcherText
  onChange: (matcher: MatcherText) => void
  onDrop: () => void
}

/** A matcher to loosen (another operator, another value) or to drop. */
export function MatcherChip({ matcher, onChange, onDrop }: MatcherChipProps) {
  const [value, setValue] = useState(matcher.value)
  const { name } = matcher
  const commit = () => value !== matcher.value && onChange({ ...matcher, value })
  return (
    <li className={classes.chip}>
      <span>{name}</span>
      <select
        aria-label={`How ${name} is compared`}
        value={matcher.kind}
        onChange={(event) => onChange({ ...matcher, kind: event.target.value as MatcherKind })}
      >
        {KINDS.map((kind) => (
          <option key={kind}>{kind}</option>
        ))}
      </select>
      <input
        aria-label={`Value of ${name}`}
        value={value}
        spellCheck={false}
        size={Math.min(44, Math.max(4, value.length + 1))}
        onChange={(event) => setValue(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return
          event.preventDefault()
          commit()
        }}
      />
      <button type="button" aria-label={`Drop ${name}`} title="Drop: mutes more" onClick={onDrop}>
        <IconX size={13} aria-hidden="true" />
      </button>
    </li>
  )
}
