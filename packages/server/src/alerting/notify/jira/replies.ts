import type { HttpReply } from '../http/index.ts'
import { jsonObject } from '../judge-reply.ts'

export type FoundIssue = { readonly key: string; readonly isDone: boolean }

export function parseIssues(reply: HttpReply): FoundIssue[] {
  return listOf(reply, 'issues').flatMap((issue) => {
    const { key, fields } = issue as { key?: unknown; fields?: { status?: { statusCategory?: { key?: unknown } } } }
    return typeof key === 'string' ? [{ key, isDone: fields?.status?.statusCategory?.key === 'done' }] : []
  })
}

export function parseTransitions(reply: HttpReply): { id: string; name: string }[] {
  return listOf(reply, 'transitions').flatMap((transition) => {
    const { id, name } = transition as { id?: unknown; name?: unknown }
    return typeof id === 'string' && typeof name === 'string' ? [{ id, name }] : []
  })
}

function listOf(reply: HttpReply, key: string): object[] {
  const list = jsonObject(reply.body)?.[key]
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : []
}
