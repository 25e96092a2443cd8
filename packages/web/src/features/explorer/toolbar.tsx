import { Menu } from '@mantine/core'
import {
  IconBell,
  IconDownload,
  IconHistory,
  IconLink,
  IconListSearch,
  IconPlayerPlay,
  IconPlus,
  IconShare3,
  IconTerminal2,
} from '@tabler/icons-react'
import { useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { useCopy } from '../../ui/use-copy.ts'
import classes from './explorer.module.css'
import { recentQueries } from './recent-queries.ts'

export type ToolbarProps = {
  canAdd: boolean
  /** Something was run: there is an answer to share. */
  hasAnswer: boolean
  onRun: () => void
  onAdd: () => void
  onBrowse: () => void
  onRecent: (query: string) => void
  /** Texts to copy, made when they are wanted. */
  link: () => string
  curl: (as: 'range' | 'instant') => string
  rule: () => string
  onDownload: (as: 'csv' | 'json') => void
}

/** What can be done with all queries together. */
export function Toolbar({
  canAdd,
  hasAnswer,
  onRun,
  onAdd,
  onBrowse,
  onRecent,
  link,
  curl,
  rule,
  onDownload,
}: ToolbarProps) {
  const { copied, copy } = useCopy()
  const [recent, setRecent] = useState<readonly string[]>([])
  return (
    <div className={classes.bar}>
      <Button look="primary" onClick={onRun} title="Enter">
        <IconPlayerPlay size={14} aria-hidden="true" /> Run
      </Button>
      {canAdd && (
        <Button onClick={onAdd} title="a">
          <IconPlus size={14} aria-hidden="true" /> Add query
        </Button>
      )}
      <Menu position="bottom-start" withinPortal width={520} onOpen={() => setRecent(recentQueries())}>
        <Menu.Target>
          <Button look="quiet" title="What was asked lately in this browser (Alt and an arrow key in the query)">
            <IconHistory size={15} aria-hidden="true" /> Recent
          </Button>
        </Menu.Target>
        <Menu.Dropdown className={classes.recent}>
          {recent.length === 0 && <Menu.Label>Nothing was asked yet in this browser.</Menu.Label>}
          {recent.map((query) => (
            <Menu.Item key={query} onClick={() => onRecent(query)} title={query}>
              <code>{query}</code>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {hasAnswer && (
        <Button look="quiet" onClick={onBrowse}>
          <IconListSearch size={15} aria-hidden="true" /> Browse metrics
        </Button>
      )}
      {hasAnswer && (
        <span className={classes.right}>
          <Menu position="bottom-end" withinPortal>
            <Menu.Target>
              <Button look="quiet">
                <IconShare3 size={15} aria-hidden="true" /> {copied ? 'Copied' : 'Share'}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconLink size={14} aria-hidden="true" />} onClick={() => copy(link())}>
                Copy link to exactly this range
              </Menu.Item>
              <Menu.Item
                leftSection={<IconTerminal2 size={14} aria-hidden="true" />}
                onClick={() => copy(curl('range'))}
              >
                Copy as curl: range
              </Menu.Item>
              <Menu.Item
                leftSection={<IconTerminal2 size={14} aria-hidden="true" />}
                onClick={() => copy(curl('instant'))}
              >
                Copy as curl: values at the end
              </Menu.Item>
              <Menu.Item leftSection={<IconBell size={14} aria-hidden="true" />} onClick={() => copy(rule())}>
                Copy as an alerting rule
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={14} aria-hidden="true" />} onClick={() => onDownload('csv')}>
                Download CSV
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={14} aria-hidden="true" />} onClick={() => onDownload('json')}>
                Download JSON
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </span>
      )}
    </div>
  )
}
