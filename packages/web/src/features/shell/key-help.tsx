import { Modal } from '@mantine/core'
import { useReturnFocus } from '../../ui/use-return-focus.ts'
import { boundKeys } from '../../view/index.ts'
import classes from './shell.module.css'

const ALWAYS = [
  { keys: 'Esc', label: 'Close the topmost layer', group: 'Everywhere' },
  { keys: '← →', label: 'Read a chart that has the focus', group: 'Charts' },
  { keys: 'drag', label: 'Zoom into a time', group: 'Charts' },
  { keys: 'double-click', label: 'Zoom out', group: 'Charts' },
]

/** The keys that work on this page, by what they are for. */
export function KeyHelp({ onClose }: { onClose: () => void }) {
  useReturnFocus()
  const all = [...boundKeys(), ...ALWAYS]
  const groups = [...new Set(all.map((b) => b.group))]
  return (
    <Modal
      opened
      onClose={onClose}
      title="Keys of this page"
      size={560}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <div className={classes.keys}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {all
                .filter((b) => b.group === group)
                .map((b) => (
                  <div key={b.keys}>
                    <dt>
                      {b.keys.split(' ').map((key, place) => (
                        // biome-ignore lint/suspicious/noArrayIndexKey: the place in the sequence is what a key is (`t t`)
                        <kbd key={place}>{key.replace('mod+k', 'Ctrl K')}</kbd>
                      ))}
                    </dt>
                    <dd>{b.label}</dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  )
}
