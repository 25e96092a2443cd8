import { createHash } from 'node:crypto'

/** The key by which services fold notifications of one group: SHA-256 of the group key, as Alertmanager makes it. */
export function groupHash(groupKey: string): string {
  return createHash('sha256').update(groupKey).digest('hex')
}
