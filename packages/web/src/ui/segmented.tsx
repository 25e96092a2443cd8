import { formatCount } from './format/index.ts'
import classes from './segmented.module.css'

export type SegmentedProps<T extends string> = {
  label: string
  value: T
  options: readonly { readonly value: T; readonly text: string; readonly count?: number | undefined }[]
  onChange: (value: T) => void
}

/** One of a few, all in sight. */
export function Segmented<T extends string>({ label, value, options, onChange }: SegmentedProps<T>) {
  return (
    <fieldset className={classes.group}>
      <legend className="bn-hidden">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
        >
          {option.text}
          {option.count !== undefined && <i>{formatCount(option.count)}</i>}
        </button>
      ))}
    </fieldset>
  )
}
