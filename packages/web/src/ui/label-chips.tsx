import { cutText } from './cut-text.ts'
import classes from './label-chips.module.css'

export type LabelChipsProps = {
  labels: Readonly<Record<string, string>>
  without?: readonly string[]
  /** Makes each chip a button. */
  onPick?: ((name: string, value: string) => void) | undefined
  /** What a chip does when it is clicked, in words: `Filter by`. */
  verb?: string
  /** Chips at most; how many are left out is said. */
  most?: number
  /** Values are shown to their end; otherwise long ones are cut, and a pointer on the chip shows the rest. */
  whole?: boolean
}

/** Where a value is cut: as long as an address of a pod or a host may be. */
const MOST_CHARS = 96

/** Labels as `name="value"` chips, sorted by name; `without` leaves some out. */
export function LabelChips({ labels, without = [], onPick, verb = 'Filter by', most, whole = false }: LabelChipsProps) {
  const all = Object.keys(labels)
    .filter((name) => !without.includes(name))
    .sort()
  const names = all.slice(0, most)
  if (all.length === 0) return <span className={classes.none}>no labels</span>
  return (
    <ul className={classes.chips}>
      {names.map((name) => {
        const value = labels[name]!
        const cut = whole ? value : cutText(value, MOST_CHARS)
        const rest = cut === value ? undefined : `${name}="${value}"`
        const text = (
          <>
            {name}=<b>"{cut}"</b>
          </>
        )
        return onPick === undefined ? (
          <li key={name} title={rest}>
            {text}
          </li>
        ) : (
          <li key={name}>
            <button
              type="button"
              title={rest === undefined ? `${verb} this` : `${verb} this: ${rest}`}
              onClick={() => onPick(name, value)}
            >
              {text}
            </button>
          </li>
        )
      })}
      {names.length < all.length && (
        <li
          title={all
            .slice(names.length)
            .map((name) => `${name}="${labels[name]}"`)
            .join('\n')}
        >
          +{all.length - names.length}
        </li>
      )}
    </ul>
  )
}
