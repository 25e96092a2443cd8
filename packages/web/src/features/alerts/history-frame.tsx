import { Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactNode, useRef, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { FilterField } from '../../ui/filter-field.tsx'
import { PageHead } from '../../ui/page-head.tsx'
import { Segmented } from '../../ui/segmented.tsx'
import { Grid } from '../../ui/sheet.tsx'
import { useKeys } from '../../view/index.ts'
import classes from './alerts.module.css'
import type { HistorySearch } from './search.ts'
import { AlertTabs } from './tabs.tsx'

export type HistoryFrameProps = {
  what: 'events' | 'notifications'
  /** Figures after the title. */
  note: ReactNode
  /** Address of all that the filters let pass, as a file; `format` is added. */
  exportPath: () => string
  /** How many of `fields` are set. */
  chosen: number
  wrong: false | string
  fields: ReactNode
  children: ReactNode
}

/** What both lists of the history have around them: head, filters, export. */
export function HistoryFrame({ what, note, exportPath, chosen, wrong, fields, children }: HistoryFrameProps) {
  const { filter = '' }: HistorySearch = useSearch({ strict: false })
  const navigate = useNavigate()
  const field = useRef<HTMLInputElement>(null)
  useKeys([{ keys: '/', label: `Filter ${what}`, group: 'This page', run: () => field.current?.focus() }])
  // On a phone these stand behind a button.
  const [unfolded, setUnfolded] = useState(false)
  return (
    <Grid>
      <PageHead title="History" note={note} tabs={<AlertTabs />}>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button>
              <IconDownload size={15} aria-hidden="true" /> Export
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {(['csv', 'json'] as const).map((format) => (
              <Menu.Item key={format} component="a" download href={`${exportPath()}&format=${format}`}>
                All of this as {format.toUpperCase()}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </PageHead>
      <div className={classes.filters}>
        <Segmented
          label="What is listed"
          value={what}
          options={[
            { value: 'events', text: 'Events' },
            { value: 'notifications', text: 'Notifications' },
          ]}
          onChange={(next) =>
            // The other list has other conditions; the range and the matchers hold for both.
            void navigate({
              to: '.',
              search: ({ kind, was, became, reason, receiver, result, status, ...old }: Record<string, unknown>) => ({
                ...old,
                show: next === 'events' ? undefined : next,
              }),
            } as never)
          }
        />
        <FilterField
          ref={field}
          filter={filter}
          wrong={wrong}
          onFilter={(next) =>
            void navigate({
              to: '.',
              replace: true,
              search: (old: Record<string, unknown>) => ({ ...old, filter: next === '' ? undefined : next }),
            } as never)
          }
        />
        <span className={classes.foldButton}>
          <Button aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
            Conditions{chosen > 0 && ` (${chosen})`}
          </Button>
        </span>
        <div className={classes.folded} data-open={unfolded || undefined}>
          {fields}
        </div>
      </div>
      {children}
    </Grid>
  )
}
