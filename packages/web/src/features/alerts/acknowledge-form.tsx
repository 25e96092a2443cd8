import { Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { acknowledge, alerts } from '../../api/index.ts'
import { useAuthor } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { Failed } from '../../ui/notice.tsx'
import { TextField } from '../../ui/text-field.tsx'
import classes from './alerts.module.css'

export type AcknowledgeFormProps = { fingerprints: readonly string[]; what: string; onDone: () => void }

/** Says who sees to these alerts. The name is remembered; a word on what is being done may follow. */
export function AcknowledgeForm({ fingerprints, what, onDone }: AcknowledgeFormProps) {
  const [author, setAuthor] = useAuthor()
  const [comment, setComment] = useState('')
  const client = useQueryClient()
  const send = useMutation({
    mutationFn: acknowledge,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: alerts.all })
      onDone()
    },
  })
  return (
    <Modal
      opened
      onClose={onDone}
      title={`Acknowledge ${what}`}
      size={440}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate({ fingerprints, by: author.trim(), comment: comment.trim() })
        }}
      >
        <p className={classes.quiet}>
          Escalation stops, and others see that somebody is on it. It ends with the alert.
        </p>
        <TextField
          label="Your name"
          placeholder="Your name"
          required
          value={author}
          data-autofocus={author === '' || undefined}
          onChange={(event) => setAuthor(event.target.value)}
        />
        <TextField
          label="Comment"
          placeholder="What you do about it (optional)"
          value={comment}
          data-autofocus={author !== '' || undefined}
          onChange={(event) => setComment(event.target.value)}
        />
        {send.error !== null && <Failed what="It could not be acknowledged" error={send.error} />}
        <div className={classes.formEnd}>
          <Button onClick={onDone}>Cancel</Button>
          <Button look="primary" type="submit" disabled={author.trim() === '' || send.isPending}>
            {send.isPending ? 'Saving…' : 'Acknowledge'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
