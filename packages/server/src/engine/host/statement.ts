import type { Lane } from './session-pool.ts'

/** What kind of statement it is, as far as the host must know to run it in the right place. */
export type Statement =
  | { readonly kind: 'read'; readonly sql: string }
  | { readonly kind: 'command'; readonly sql: string }
  /** `head` ends before `FORMAT`; `inline` is what of the data already stands behind it. */
  | { readonly kind: 'insert'; readonly head: string; readonly format: string; readonly inline: Buffer }
  | { readonly kind: 'kill'; readonly queryId: string; readonly sync: boolean }

const READ = /^(SELECT|WITH|SHOW|DESCRIBE|DESC|EXPLAIN|EXISTS|VALUES|\()/i
const INSERT_FORMAT = /^(INSERT\s+INTO\s[\s\S]*?)\sFORMAT\s+(\w+)(?:[ \t]*\r?\n|[ \t]+|$)/i
const KILL = /^KILL\s+QUERY\s+WHERE\s+query_id\s*=\s*'((?:[^'\\]|\\.)*)'\s*(SYNC|ASYNC)?/i

/** Looks at the beginning of a request: the statement, behind it the data of an insert. */
export function parseStatement(text: Buffer): Statement {
  // An insert's data is not text; 64 KiB are ample for the statement before it.
  const head = trimStart(text.subarray(0, 65_536).toString('latin1'))
  const cut = Math.min(text.length, 65_536) - head.length
  if (/^INSERT\s/i.test(head)) {
    const found = INSERT_FORMAT.exec(head)
    if (found && !/^values$/i.test(found[2]!)) {
      const headBytes = Buffer.from(found[1]!, 'latin1')
      return {
        kind: 'insert',
        head: headBytes.toString('utf8'),
        format: found[2]!,
        inline: text.subarray(cut + found[0].length),
      }
    }
    return { kind: 'command', sql: text.toString('utf8') }
  }
  const kill = KILL.exec(head)
  if (kill) {
    const queryId = Buffer.from(kill[1]!.replace(/\\(.)/g, '$1'), 'latin1').toString('utf8')
    return { kind: 'kill', queryId, sync: /^sync$/i.test(kill[2] ?? '') }
  }
  const sql = text.toString('utf8')
  return READ.test(head) ? { kind: 'read', sql } : { kind: 'command', sql }
}

/** Without white space and comments at the beginning. */
function trimStart(text: string): string {
  return text.replace(/^(?:\s+|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '')
}

export function laneOf(statement: Statement): Lane {
  return statement.kind === 'insert' ? 'insert' : statement.kind === 'kill' ? 'control' : statement.kind
}
