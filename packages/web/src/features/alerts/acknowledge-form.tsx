import { Modal } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { acknowledge, alerts } from '../../api/index.ts'
import { useAuthor } from '../../ui/alert/index.ts'
import { Button } from '../../ui/button.tsx'
import { Failed } from '../../ui/notice.tsx'
import { TextField } from '../../ui/text-field.tsx'
import { useReturnFocus } from '../../ui/use-return-focus.ts'
import { arrivedVia } from '../../view/index.ts'
import classes from './alerts.module.css'

export type AcknowledgeFormProps = {
  fingerprints: readonly string[]
  what: string
  onDone: () => void
  onCancel: () => void
}

/** Says who sees to these alerts. The name is remembered; a word on what is being done may follow. */
export function AcknowledgeForm({ fingerprints, what, onDone, onCancel }: AcknowledgeFormProps) {
  useReturnFocus()
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
      onClose={onCancel}
      title={`Acknowledge ${what}`}
      size={440}
      transitionProps={{ duration: 0 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          send.mutate({ fingerprints, by: author.trim(), comment: comment.trim(), via: arrivedVia() })
        }}
      >
        <p className={classes.quiet}>
          Escalation stops, and others see that somebody is on it. It ends with the alert.
        </p>
        <TextField
          label="Your name"
          shown
          placeholder="ana"
          required
          value={author}
          data-autofocus={author === '' || undefined}
          onChange={(event) => setAuthor(event.target.value)}
        />
        <TextField
          label="Comment"
          shown
          placeholder="What you do about it; may stay empty"
          value={comment}
          data-autofocus={author !== '' || undefined}
          onChange={(event) => setComment(event.target.value)}
        />
        {send.error !== null && <Failed what="It could not be acknowledged" error={send.error} />}
        <div className={classes.formEnd}>
          <Button onClick={onCancel}>Cancel</Button>
          <Button look="primary" type="submit" disabled={author.trim() === '' || send.isPending}>
            {send.isPending ? 'Saving…' : 'Acknowledge'}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
