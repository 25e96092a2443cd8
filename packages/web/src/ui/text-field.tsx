import type { ComponentProps, ReactNode } from 'react'
import classes from './text-field.module.css'

export type TextFieldProps = Omit<ComponentProps<'input'>, 'className'> & {
  /** Its accessible name; the placeholder may say more. */
  label: string
  icon?: ReactNode
}

/** A line to type in. */
export function TextField({ label, icon, ...rest }: TextFieldProps) {
  return (
    <label className={classes.field}>
      {icon}
      <input type="text" spellCheck={false} autoComplete="off" {...rest} aria-label={label} />
    </label>
  )
}
