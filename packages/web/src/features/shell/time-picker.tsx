import { Popover } from '@mantine/core'
import { IconClipboard, IconClock, IconCopy, IconZoomIn, IconZoomOut } from '@tabler/icons-react'
import { useState } from 'react'
import { describeRange, parseRange, type RangeText } from '../../time/index.ts'
import { Button } from '../../ui/button.tsx'
import { formatDateTime, formatDuration, formatUtc } from '../../ui/format/index.ts'
import { intervalOf, useTimeRange } from '../../view/index.ts'
import classes from './time-picker.module.css'

const QUICK: readonly RangeText[] = [
  ...['5m', '15m', '30m', '1h', '3h', '6h', '12h', '1d', '2d', '7d', '30d'].map((span) => ({
    from: `now-${span}`,
    to: 'now',
  })),
  { from: 'now/d', to: 'now' },
  { from: 'now-1d/d', to: 'now-1d/d' },
]

/** The page's time range: typed freely, picked from a list or from the recent ones. */
export function TimePicker({ opened, onOpened }: { opened: boolean; onOpened: (opened: boolean) => void }) {
  const time = useTimeRange()
  const now = Date.now()
  const name = describeRange(time.range, now)
  const { fromMs, toMs } = intervalOf(time.range, now)
  const choose = (range: RangeText) => {
    time.set(range)
    onOpened(false)
  }
  return (
    <Popover opened={opened} onChange={onOpened} position="bottom-end" width={340} trapFocus returnFocus withinPortal>
      <Popover.Target>
        <Button
          onClick={() => onOpened(!opened)}
          aria-haspopup="dialog"
          aria-expanded={opened}
          aria-label={`Time range: ${name}`}
          title={`${formatDateTime(fromMs)} – ${formatDateTime(toMs)} local\n${formatUtc(fromMs)} – ${formatUtc(toMs)}`}
        >
          <IconClock size={15} aria-hidden="true" />
          <span className={classes.name}>{name}</span>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Time range" className={classes.drop}>
        <RangeForm key={`${time.range.from}|${time.range.to}`} range={time.range} onChoose={choose} />
        <div className={classes.columns}>
          <div>
            <h3>Quick</h3>
            <ul className={classes.quick}>
              {QUICK.map((range) => (
                <li key={range.from}>
                  <button type="button" aria-pressed={same(range, time.range)} onClick={() => choose(range)}>
                    {describeRange(range, now)}
                  </button>
                </li>
              ))}
            </ul>
          </div>
          <div>
            <h3>Recent</h3>
            <ul className={classes.quick}>
              {time.recent().map((range) => (
                <li key={`${range.from}|${range.to}`}>
                  <button type="button" onClick={() => choose(range)}>
                    {describeRange(range, now)}
                  </button>
                </li>
              ))}
              {time.recent().length === 0 && <li className={classes.none}>none yet</li>}
            </ul>
          </div>
        </div>
        <div className={classes.tools}>
          <Button small look="quiet" onClick={() => time.zoom(2)} title="t -">
            <IconZoomOut size={14} aria-hidden="true" /> Out
          </Button>
          <Button small look="quiet" onClick={() => time.zoom(0.5)} title="t +">
            <IconZoomIn size={14} aria-hidden="true" /> In
          </Button>
          <Button small look="quiet" onClick={() => time.copy()} title="t c">
            <IconCopy size={14} aria-hidden="true" /> Copy
          </Button>
          <Button small look="quiet" onClick={() => void time.paste()} title="t v">
            <IconClipboard size={14} aria-hidden="true" /> Paste
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

function RangeForm({ range, onChoose }: { range: RangeText; onChoose: (range: RangeText) => void }) {
  const [text, setText] = useState(() =>
    /^\d{12,13}$/.test(range.from) ? absoluteText(range) : `${range.from} to ${range.to}`,
  )
  const parsed = parseRange(text, Date.now())
  const ends = parsed === undefined ? undefined : intervalOf(parsed, Date.now())
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (parsed !== undefined) onChoose(parsed)
      }}
    >
      <input
        className={classes.input}
        data-autofocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onFocus={(event) => event.target.select()}
        aria-label="Range, typed"
        aria-invalid={parsed === undefined}
        aria-describedby="range-meaning"
        spellCheck={false}
        autoComplete="off"
      />
      <p id="range-meaning" className={classes.meaning} aria-live="polite">
        {ends === undefined ? (
          <>
            Try <code>13h</code>, <code>yesterday</code>, <code>now-1d/d to now</code>,{' '}
            <code>2026-11-20 13:00 to 14:30</code>
          </>
        ) : (
          <>
            {formatDateTime(ends.fromMs)} – {formatDateTime(ends.toMs)}
            <br />
            {formatDuration(ends.toMs - ends.fromMs)} · <kbd>Enter</kbd> applies
          </>
        )}
      </p>
    </form>
  )
}

function absoluteText(range: RangeText): string {
  const { fromMs, toMs } = intervalOf(range, Date.now())
  return `${formatDateTime(fromMs)} to ${range.to === 'now' ? 'now' : formatDateTime(toMs)}`
}

function same(a: RangeText, b: RangeText): boolean {
  return a.from === b.from && a.to === b.to
}
