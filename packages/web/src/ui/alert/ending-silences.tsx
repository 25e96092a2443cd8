import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { alerts, extendSilence, silences } from '../../api/index.ts'
import { Button } from '../button.tsx'
import { formatCount } from '../format/index.ts'
import { StateMark } from '../state-badge.tsx'
import { useNow } from '../use-now.ts'
import classes from './ending-silences.module.css'

/** Silences that end soon while what they mute goes on: a word before the pager has it. */
export function EndingSilences() {
  const { data } = useQuery({ ...alerts.summary(), refetchInterval: 5000 })
  const now = useNow(10_000)
  const client = useQueryClient()
  const extend = useMutation({
    mutationFn: extendSilence,
    onSettled: () =>
      Promise.all([alerts, silences].map((resource) => client.invalidateQueries({ queryKey: resource.all }))),
  })
  const ending = (data?.endingSilences ?? []).filter(({ endsAtMs }) => endsAtMs > now)
  if (ending.length === 0) return null
  return (
    <ul className={classes.ending}>
      {ending.map((silence) => (
        <li key={silence.id}>
          <StateMark tone="warning" />
          <span>
            <Link to="/silences" search={{ open: silence.id } as never}>
              Silence of {silence.createdBy || 'nobody'}
            </Link>{' '}
            ends in {Math.max(1, Math.round((silence.endsAtMs - now) / 60_000))} min, and {formatCount(silence.matched)}{' '}
            {silence.matched === 1 ? 'alert that it mutes goes' : 'alerts that it mutes go'} on: {silence.comment}
          </span>
          <Button small disabled={extend.isPending} onClick={() => extend.mutate(silence.id)}>
            Extend by 1 h
          </Button>
        </li>
      ))}
    </ul>
  )
}
