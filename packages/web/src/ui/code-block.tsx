import { Button } from './button.tsx'
import classes from './code-block.module.css'
import { useCopy } from './use-copy.ts'

/** Text to take away, with the button that does it. */
export function CodeBlock({ text, label }: { text: string; label: string }) {
  const { copied, copy } = useCopy()
  return (
    <div className={classes.block}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className={classes.scroll} tabIndex={0} aria-label={label}>
        <pre>{text}</pre>
      </section>
      <Button small onClick={() => copy(text)} aria-label={`Copy ${label}`}>
        {copied ? 'Copied' : 'Copy'}
      </Button>
    </div>
  )
}
