import { useQuery, useQueryClient } from '@tanstack/react-query'
import { selfQuery } from '../../api/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatClock } from '../../ui/format/index.ts'
import { StateMark } from '../../ui/state-badge.tsx'
import { useNow } from '../../ui/use-now.ts'
import classes from './shell.module.css'

const POLL_MS = 5000

/** True while Binnacle does not answer: what the page shows is then of the past. */
export function useConnectionLost(): boolean {
  return useQuery(selfQuery).isError
}

/** Says that the connection is lost, since when, and when it is tried again. */
export function ConnectionStrip() {
  const { isError, dataUpdatedAt, errorUpdatedAt, isFetching, refetch } = useQuery(selfQuery)
  const client = useQueryClient()
  const now = useNow(1000)
  if (!isError) return null
  const left = Math.max(0, Math.ceil((errorUpdatedAt + POLL_MS - now) / 1000))
  return (
    <div className={classes.lost} role="alert">
      <StateMark tone="critical" />
      <span>
        <b>Connection to Binnacle lost.</b>{' '}
        {dataUpdatedAt > 0 ? `What you see is from ${formatClock(dataUpdatedAt)}.` : 'Nothing was loaded yet.'}{' '}
        {isFetching ? 'Trying now…' : `Next try in ${left} s.`}
      </span>
      <Button
        small
        onClick={() => {
          void refetch().then(async (result) => {
            if (result.isSuccess) await client.invalidateQueries()
          })
        }}
      >
        Try now
      </Button>
    </div>
  )
}
