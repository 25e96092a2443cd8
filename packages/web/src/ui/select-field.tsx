import type { ComponentProps } from 'react'
import classes from './select-field.module.css'

export type SelectFieldProps = Omit<ComponentProps<'select'>, 'className' | 'onChange'> & {
  label: string
  /** The label stands before the field; otherwise it is for readers of the page only. */
  shown?: boolean
  /** As low as small buttons, beside which it stands. */
  small?: boolean
  options: readonly { readonly value: string; readonly text: string }[]
  onChange: (value: string) => void
}

/** One of several, by the browser's own list: right on every device and by keyboard. */
export function SelectField({ label, shown = false, small = false, options, onChange, ...rest }: SelectFieldProps) {
  return (
    <label className={classes.field} data-small={small || undefined}>
      <span className={shown ? classes.label : 'bn-hidden'}>{label}</span>
      <select {...rest} onChange={(event) => onChange(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </label>
  )
}
