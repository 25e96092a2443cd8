import { Drawer } from '@mantine/core'
import { useReturnFocus } from '../../ui/use-return-focus.ts'
import { Nav } from './nav.tsx'
import classes from './shell.module.css'

/** The navigation on a phone, with what the top bar has no room for. */
export function NavDrawer({ onClose, children }: { onClose: () => void; children: React.ReactNode }) {
  useReturnFocus()
  return (
    <Drawer
      opened
      onClose={onClose}
      size={264}
      withCloseButton={false}
      padding={0}
      title={null}
      aria-label="Pages"
      transitionProps={{ duration: 0 }}
    >
      <Nav onGo={onClose}>
        <div className={classes.drawerTools}>{children}</div>
      </Nav>
    </Drawer>
  )
}
