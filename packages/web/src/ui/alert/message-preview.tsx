import type { ReceiverMessages } from '../../api/index.ts'
import { CodeBlock } from '../code-block.tsx'
import { StateMark } from '../state-badge.tsx'
import classes from './message-preview.module.css'

/** What each integration of a receiver would send, as people read it and as it goes over the wire. */
export function MessagePreview({ answer }: { answer: ReceiverMessages }) {
  return (
    <section className={classes.receiver} aria-label={`Message to ${answer.receiver}`}>
      <h3>{answer.receiver}</h3>
      {answer.error !== undefined && (
        <p className={classes.error}>
          <StateMark tone="critical" /> {answer.error}
        </p>
      )}
      {answer.error === undefined && answer.messages.length === 0 && (
        <p className={classes.quiet}>Sends nothing: this receiver has no integration.</p>
      )}
      {answer.messages.map((message) => (
        <article key={`${message.kind}:${message.index}`} className={classes.message}>
          <header>{message.index === 0 ? message.kind : `${message.kind} ${message.index + 1}`}</header>
          <h4>{message.title}</h4>
          {message.text !== '' && message.text !== message.title && <p>{message.text}</p>}
          <details>
            <summary>As it is sent</summary>
            <CodeBlock text={JSON.stringify(message.request, null, 2)} label={`request of ${message.kind}`} />
          </details>
        </article>
      ))}
    </section>
  )
}
