import { formatAge, formatDateTime, formatUtc } from './format/index.ts'
import classes from './timestamp.module.css'
import { useCopy } from './use-copy.ts'
import { useNow } from './use-now.ts'

/** An instant as its age. Hover shows it absolute, local and UTC; a click copies the UTC form. */
export function Age({ atMs, suffix = ' ago' }: { atMs: number; suffix?: string }) {
  const now = useNow(1000)
  const { copied, copy } = useCopy()
  const age = formatAge(Math.max(0, now - atMs))
  return (
    <button
      type="button"
      className={classes.age}
      title={`${formatDateTime(atMs)} local\n${formatUtc(atMs)}\nclick copies`}
      onClick={() => copy(new Date(atMs).toISOString())}
    >
      {copied ? 'copied' : age === 'now' ? 'now' : `${age}${suffix}`}
    </button>
  )
}
