import type { ComponentProps } from 'react'
import classes from './button.module.css'

export type ButtonProps = Omit<ComponentProps<'button'>, 'className'> & {
  /** `plain` has an outline; `quiet` none until hovered; `primary` is the one thing to do here. */
  look?: 'plain' | 'quiet' | 'primary'
  /** Square, for a single icon; then `aria-label` is due. */
  icon?: boolean
  small?: boolean
  active?: boolean
}

/** Every button of the pages. */
export function Button({ look = 'plain', icon = false, small = false, active, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classes.button}
      data-look={look}
      data-icon={icon || undefined}
      data-small={small || undefined}
      data-active={active || undefined}
    />
  )
}
