import type { DomainStep, State, Value } from '../../state/index.ts'
import type { RuleStateStore, StoredAlert, StoredPlace } from './rule-state-store.ts'

/*
 *   rules_alerts      an alert a row: id, resolved_at (Unix ms, 0 while it goes on), body (JSON of `StoredAlert`)
 *   rules_evaluated   one row: when rules were last evaluated
 */

type Database = {
  rules_alerts: { id: string; resolved_at: number; body: string }
  rules_evaluated: { id: number; at: number }
}

const STEPS: readonly DomainStep[] = [
  {
    id: 1,
    name: 'alerts of rules',
    statements: [
      'CREATE TABLE rules_alerts (id TEXT PRIMARY KEY, resolved_at BIGINT NOT NULL, body TEXT NOT NULL)',
      'CREATE INDEX rules_alerts_resolved ON rules_alerts (resolved_at)',
      'CREATE TABLE rules_evaluated (id BIGINT PRIMARY KEY, at BIGINT NOT NULL)',
    ],
  },
]

/** Alerts that have ended are kept so long: at least as long as they are sent again. */
const KEPT_MS = 30 * 60_000
const FORGET_EVERY_MS = 10 * 60_000
const PAGE = 500

/** The state of alerts as rows. To be made before `state` is started. */
export function createSqlRuleStateStore(state: Pick<State, 'tables'>): RuleStateStore {
  const { db, write } = state.tables<Database>('rules', STEPS)
  let forgotMs = Number.NEGATIVE_INFINITY
  const put = db
    .insertInto('rules_alerts')
    .values({ id: '', resolved_at: 0, body: '' })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        resolved_at: (row) => row.ref('excluded.resolved_at'),
        body: (row) => row.ref('excluded.body'),
      }),
    )
  const remove = db.deleteFrom('rules_alerts').where('id', '=', '')
  const note = db
    .insertInto('rules_evaluated')
    .values({ id: 1, at: 0 })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ at: (row) => row.ref('excluded.at') }))

  return {
    async load() {
      const alerts: StoredAlert[] = []
      for (let after = ''; ; ) {
        const rows = await db
          .selectFrom('rules_alerts')
          .select(['id', 'body'])
          .where('id', '>', after)
          .orderBy('id')
          .limit(PAGE)
          .execute()
        for (const { body } of rows) alerts.push(fromBody(body))
        if (rows.length < PAGE) break
        after = rows.at(-1)!.id
      }
      const evaluated = await db.selectFrom('rules_evaluated').select('at').where('id', '=', 1).execute()
      return { alerts, evaluatedAtMs: evaluated[0]?.at }
    },
    async save(changed, evaluatedAtMs, leaving = []) {
      const rows = changed.map((alert): readonly Value[] => [
        idOf(alert),
        Math.floor(alert.resolvedAtMs ?? 0),
        toBody(alert),
      ])
      const forgets = evaluatedAtMs - forgotMs >= FORGET_EVERY_MS
      if (forgets) forgotMs = evaluatedAtMs
      await write([
        ...(leaving.length === 0 ? [] : [{ query: remove, rows: leaving.map((one) => [idOf(one)]) }]),
        ...(rows.length === 0 ? [] : [{ query: put, rows }]),
        { query: note, rows: [[1, Math.floor(evaluatedAtMs)]] },
        ...(forgets
          ? [
              db
                .deleteFrom('rules_alerts')
                .where('resolved_at', '>', 0)
                .where('resolved_at', '<', Math.floor(evaluatedAtMs) - KEPT_MS),
            ]
          : []),
      ])
    },
  }
}

/** An alert of a rule: rules of other labels or groups may have one of the same labels. */
function idOf({ rule, labels }: StoredPlace): string {
  return JSON.stringify([rule.file, rule.group, rule.name, rule.labels, labels])
}

/** JSON has no infinite numbers and no NaN. */
function toBody(alert: StoredAlert): string {
  const { lastTransition } = alert
  return JSON.stringify({
    ...alert,
    value: String(alert.value),
    lastTransition: lastTransition && { ...lastTransition, value: String(lastTransition.value) },
  })
}

function fromBody(body: string): StoredAlert {
  const stored = JSON.parse(body) as StoredAlert & { value: string }
  const { lastTransition } = stored
  if (lastTransition === undefined) return { ...stored, value: Number(stored.value) }
  const { value, ...rest } = lastTransition
  const told = String(value) === 'undefined' ? rest : { ...rest, value: Number(value) }
  return { ...stored, value: Number(stored.value), lastTransition: told }
}
