import classes from './label-chips.module.css'

/** Labels as `name="value"` chips, sorted by name; `without` leaves some out. */
export function LabelChips({
  labels,
  without = [],
}: {
  labels: Readonly<Record<string, string>>
  without?: readonly string[]
}) {
  const names = Object.keys(labels)
    .filter((name) => !without.includes(name))
    .sort()
  if (names.length === 0) return <span className={classes.none}>no labels</span>
  return (
    <ul className={classes.chips}>
      {names.map((name) => (
        <li key={name}>
          {name}=<b>"{labels[name]}"</b>
        </li>
      ))}
    </ul>
  )
}
