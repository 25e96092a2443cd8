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
}

/** Labels as `name="value"` chips, sorted by name; `without` leaves some out. */
export function LabelChips({ labels, without = [], onPick, verb = 'Filter by', most }: LabelChipsProps) {
  const all = Object.keys(labels)
    .filter((name) => !without.includes(name))
    .sort()
  const names = all.slice(0, most)
  if (all.length === 0) return <span className={classes.none}>no labels</span>
  return (
    <ul className={classes.chips}>
      {names.map((name) => {
        const text = (
          <>
            {name}=<b>"{labels[name]}"</b>
          </>
        )
        return onPick === undefined ? (
          <li key={name}>{text}</li>
        ) : (
          <li key={name}>
            <button type="button" title={`${verb} this`} onClick={() => onPick(name, labels[name]!)}>
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
