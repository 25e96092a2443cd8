import { Menu } from '@mantine/core'
import { IconCheck, IconStack2 } from '@tabler/icons-react'
import { Button } from '../../ui/button.tsx'
import classes from './alerts.module.css'

export type GroupByProps = {
  chosen: readonly string[]
  names: readonly { readonly name: string; readonly values: number }[]
  onChange: (names: readonly string[]) => void
}

/** Labels to group by, several at once. */
export function GroupBy({ chosen, names, onChange }: GroupByProps) {
  const all = [...chosen.filter((c) => names.every((n) => n.name !== c)).map((name) => ({ name, values: 0 })), ...names]
  return (
    <Menu position="bottom-end" withinPortal closeOnItemClick={false}>
      <Menu.Target>
        <Button>
          <IconStack2 size={15} aria-hidden="true" />
          {chosen.length === 0 ? 'Group' : `By ${chosen.join(', ')}`}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        <Menu.Label>{all.length === 0 ? 'There are no labels yet' : 'Group by label (and how many values)'}</Menu.Label>
        {chosen.length > 0 && <Menu.Item onClick={() => onChange([])}>No groups</Menu.Item>}
        {all.slice(0, 40).map(({ name, values }) => (
          <Menu.Item
            key={name}
            leftSection={
              chosen.includes(name) ? <IconCheck size={14} aria-hidden="true" /> : <span className={classes.gap} />
            }
            rightSection={values > 0 ? <span className={classes.quiet}>{values}</span> : undefined}
            aria-checked={chosen.includes(name)}
            role="menuitemcheckbox"
            onClick={() => onChange(chosen.includes(name) ? chosen.filter((c) => c !== name) : [...chosen, name])}
          >
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
