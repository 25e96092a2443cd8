import { IconPlus } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { type FormEvent, useMemo, useState } from 'react'
import { alerts, labels, type MatcherText, type Silence, saveSilence, silences } from '../../api/index.ts'
import { formatMatcher, parseMatcher, useAuthor } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatDateTime } from '../../ui/format/index.ts'
import { Failed, Loading } from '../../ui/notice.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid, Sheet } from '../../ui/sheet.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useNow } from '../../ui/use-now.ts'
import { endOf, LENGTHS } from './lengths.ts'
import { MatcherChip } from './matcher-chip.tsx'
import type { SilenceFormSearch } from './search.ts'
import { SilenceEffect } from './silence-effect.tsx'
import classes from './silences.module.css'

/** A new silence, or a change of one: what it mutes is on the page before it is saved. */
export function SilenceFormPage() {
  const search: SilenceFormSearch = useSearch({ strict: false })
  const old = useQuery({ ...silences.one(search.edit ?? ''), enabled: search.edit !== undefined })
  if (search.edit !== undefined && old.data === undefined)
    return (
      <Grid>
        <PageHead title="Change a silence" />
        <Sheet>
          {old.error === null ? (
            <Loading label="Silence" height={160} />
          ) : (
            <Failed what="The silence could not be loaded" error={old.error} onRetry={old.refetch} />
          )}
        </Sheet>
      </Grid>
    )
  return <SilenceForm key={search.edit ?? 'new'} search={search} old={old.data} />
}

const OWN = 'own'

function SilenceForm({ search, old }: { search: SilenceFormSearch; old: Silence | undefined }) {
  const navigate = useNavigate()
  const router = useRouter()
  const client = useQueryClient()
  const now = useNow(10_000)
  const [author, setAuthor] = useAuthor()
  const [comment, setComment] = useState(old?.comment ?? '')
  const [adding, setAdding] = useState('')
  const [added, setAdded] = useState<string>()
  // The address holds the matchers; those of a silence that is changed are where it has none yet.
  const matchers = useMemo(
    () => search.m?.flatMap((text) => parseMatcher(text) ?? []) ?? old?.matchers ?? [],
    [search.m, old],
  )
  const setMatchers = (next: readonly MatcherText[]) =>
    void navigate({
      to: '.',
      replace: true,
      search: (before: Record<string, unknown>) => ({ ...before, m: next.map(formatMatcher) }),
    } as never)
  const length = search.length ?? (old === undefined || old.state === 'expired' ? '2h' : 'kept')
  const keeps = length === 'kept' && old !== undefined
  const endsAtMs = keeps ? old.endsAtMs : endOf(length, now)
  const known = LENGTHS.some((l) => l.value === length)
  // What is typed counts as soon as it is a length; until then it must not look as if it did.
  const [own, setOwn] = useState(known || keeps ? '' : length)
  const noLength = own.trim() !== '' && endOf(own.trim(), now) === undefined ? own.trim() : undefined
  const setLength = (value: string) => {
    void navigate({
      to: '.',
      replace: true,
      search: (before: Record<string, unknown>) => ({ ...before, length: value }),
    } as never)
  }
  const isNew = old === undefined || old.state === 'expired'
  const empty = matchers.length > 0 && matchers.every(matchesEmpty)
  const save = useMutation({
    mutationFn: () =>
      saveSilence({
        ...(isNew ? {} : { id: old.id }),
        matchers,
        startsAtMs: isNew ? Date.now() : old.startsAtMs,
        endsAtMs: keeps ? old.endsAtMs : endOf(length, Date.now())!,
        createdBy: author.trim(),
        comment: comment.trim(),
      }),
    onSuccess: async ({ id }) => {
      await Promise.all([
        client.invalidateQueries({ queryKey: silences.all }),
        client.invalidateQueries({ queryKey: alerts.all }),
      ])
      void navigate({ to: '/silences', search: { open: id } as never, replace: true })
    },
  })
  const preview = useQuery({
    ...silences.preview(matchers),
    enabled: matchers.length > 0 && !empty,
    placeholderData: keepPreviousData,
    refetchInterval: 5000,
  })
  const missing = [
    matchers.length === 0 && 'a matcher',
    empty && 'a matcher that an empty value does not satisfy',
    (endsAtMs === undefined || noLength !== undefined) && 'an end',
    author.trim() === '' && 'your name',
    comment.trim() === '' && 'a reason',
  ].filter((m) => m !== false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (missing.length === 0) save.mutate()
  }
  const add = () => {
    const matcher = parseMatcher(adding)
    if (matcher === undefined) {
      setAdded(`"${adding}" is no matcher: write name="value", name!="value", name=~"regex" or name!~"regex"`)
      return
    }
    setAdded(undefined)
    setAdding('')
    setMatchers([...matchers.filter((m) => formatMatcher(m) !== formatMatcher(matcher)), matcher])
  }
  return (
    <form className={classes.formPage} onSubmit={submit}>
      <Grid>
        <PageHead title={isNew ? 'New silence' : 'Change a silence'} keepTitle />
        <Sheet title="What it mutes" note="alerts that satisfy all of these" span={6}>
          <ul className={classes.matchers} aria-label="Matchers">
            {matchers.map((matcher, i) => (
              <MatcherChip
                key={formatMatcher(matcher)}
                matcher={matcher}
                onChange={(next) => setMatchers(matchers.map((m, at) => (at === i ? next : m)))}
                onDrop={() => setMatchers(matchers.filter((_m, at) => at !== i))}
              />
            ))}
          </ul>
          {matchers.length === 0 && <p className={classes.quiet}>A silence needs at least one matcher.</p>}
          <div className={classes.add}>
            <TextField
              label="Add a matcher"
              placeholder={'service=~"api|shop"'}
              list="silence-labels"
              value={adding}
              onChange={(event) => setAdding(event.target.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                add()
              }}
            />
            <Button onClick={add} disabled={adding.trim() === ''}>
              <IconPlus size={14} aria-hidden="true" /> Add
            </Button>
          </div>
          <KnownLabels />
          {added !== undefined && <p className={classes.wrong}>{added}</p>}
          {empty && (
            <p className={classes.wrong}>
              Every alert would be muted: at least one matcher must not be satisfied by an empty value.
            </p>
          )}
        </Sheet>
        <Sheet title="How long, who and why" span={6}>
          <div className={classes.fields}>
            <Segmented<string>
              label="How long"
              value={known ? length : keeps ? 'kept' : OWN}
              options={[
                ...(old !== undefined && old.state !== 'expired' ? [{ value: 'kept', text: 'as it is' }] : []),
                ...LENGTHS,
                ...(known || keeps ? [] : [{ value: OWN, text: length }]),
              ]}
              onChange={(value) => {
                if (value === OWN) return
                setOwn('')
                setLength(value)
              }}
            />
            <TextField
              label="Another length"
              shown
              placeholder="45m, 3h, 2d 12h"
              value={own}
              onChange={(event) => {
                setOwn(event.target.value)
                const text = event.target.value.trim()
                if (endOf(text, now) !== undefined) setLength(text)
              }}
            />
            <p className={classes.until}>
              {noLength !== undefined || endsAtMs === undefined ? (
                <span className={classes.wrong}>“{noLength ?? length}” is no length: write 45m, 3h or 2d 12h.</span>
              ) : (
                <>
                  until <b>{formatDateTime(endsAtMs).slice(0, 16)}</b>
                </>
              )}
            </p>
            <TextField
              label="Your name"
              shown
              placeholder="ana"
              required
              value={author}
              onChange={(event) => setAuthor(event.target.value)}
            />
            <TextField
              label="Reason"
              shown
              placeholder="What you know, a ticket, who was told"
              required
              value={comment}
              onChange={(event) => setComment(event.target.value)}
            />
          </div>
          {save.error !== null && <Failed what="The silence could not be saved" error={save.error} />}
          <div className={classes.end}>
            <span className={classes.quiet}>{missing.length > 0 && `Still missing: ${missing.join(', ')}.`}</span>
            <Button
              onClick={() => (router.history.canGoBack() ? router.history.back() : void navigate({ to: '/silences' }))}
            >
              Cancel
            </Button>
            <Button look="primary" type="submit" disabled={missing.length > 0 || save.isPending}>
              {save.isPending ? 'Saving…' : isNew ? 'Silence' : 'Save'}
            </Button>
          </div>
        </Sheet>
        {matchers.length > 0 && !empty && (
          <SilenceEffect
            preview={preview.data}
            error={preview.error}
            dimmed={preview.isPlaceholderData}
            onRetry={preview.refetch}
          />
        )}
        {matchers.length === 0 && (
          <Sheet>
            <p className={classes.quiet}>
              What it would mute now and would have muted in the last 7 days stands here as soon as there is a matcher.{' '}
              <Link to="/alerts">Pick an alert</Link> to begin with its labels.
            </p>
          </Sheet>
        )}
      </Grid>
    </form>
  )
}

/** Whether a missing label satisfies it. A regular expression that the browser cannot read counts as not. */
function matchesEmpty({ kind, value }: MatcherText): boolean {
  if (kind === '=') return value === ''
  if (kind === '!=') return value !== ''
  try {
    return new RegExp(`^(?:${value})$`).test('') === (kind === '=~')
  } catch {
    return false
  }
}

const HOUR_S = 3600
const MOST_NAMES = 200

/** Names to complete, from what there is. */
function KnownLabels() {
  const nowS = useNow(60_000) / 1000
  const end = Math.floor(nowS / HOUR_S) * HOUR_S + HOUR_S
  const { data } = useQuery(labels.names({ matches: [], limit: MOST_NAMES, start: end - 2 * HOUR_S, end }))
  const names = ['alertname', 'severity', ...(data?.items ?? []).filter((name) => name !== '__name__')]
  return (
    <datalist id="silence-labels">
      {names.map((name) => (
        <option key={name} value={`${name}="`} />
      ))}
    </datalist>
  )
}
