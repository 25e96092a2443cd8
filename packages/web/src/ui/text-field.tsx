import type { ComponentProps, ReactNode } from 'react'
import classes from './text-field.module.css'

export type TextFieldProps = Omit<ComponentProps<'input'>, 'className'> & {
  /** Its accessible name; the placeholder may say more. */
  label: string
  /** The label stands above the line: in forms, where a placeholder is gone as soon as something is typed. */
  shown?: boolean
  icon?: ReactNode
}

/** A line to type in. */
export function TextField({ label, shown = false, icon, ...rest }: TextFieldProps) {
  return (
    <label className={classes.named}>
      {shown && <span className={classes.name}>{label}</span>}
      <span className={classes.field}>
        {icon}
        <input type="text" spellCheck={false} autoComplete="off" {...rest} aria-label={label} />
      </span>
    </label>
  )
}
