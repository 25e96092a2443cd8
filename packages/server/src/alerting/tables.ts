import type { DomainStep, Tables } from '../state/index.ts'
import type { EventKind } from './history-event.ts'

/** Labels of alerts, or those that groups of notifications have in common. */
export type LabelSetKind = 'alert' | 'group'
export type NoteKind = 'receiver' | 'withheld'

/** Rows of alerting. Times are Unix ms; `doc` is JSON, so that a reader of one row needs no other. */
export type AlertingRows = {
  alerting_alerts: {
    fingerprint: string
    /** `{labels, annotations, generatorUrl}`: what seldom changes. */
    doc: string
    starts_ms: number
    ends_ms: number
    updated_ms: number
    /** 1: the end is not the sender's. */
    timeout: number
    reason: string | null
    /** As text: NaN and infinities are values too. */
    value: string | null
    origin: string
  }
  alerting_acknowledgements: { fingerprint: string; doc: string }
  alerting_silences: { id: string; doc: string; ends_ms: number }
  alerting_notification_log: { log_key: string; doc: string; at_ms: number; expires_ms: number }
  /** Of a kind by a key: what an integration remembers of a group, what was recorded of a quiet one. */
  alerting_notes: { kind: NoteKind; key: string; text: string; at_ms: number }
  /** Notifications whose answer was not seen. */
  alerting_begun: { log_key: string; idempotency_key: string; content: string; at_ms: number }
  /** Events of the history: changes of state and what people and silences did about an alert. */
  alerting_transitions: {
    id: string
    at_ms: number
    fingerprint: string
    doc: string
    kind: EventKind
    /** Of the rest, '' where the event has none. */
    rule: string
    from_state: string
    to_state: string
    reason: string
  }
  /** Each set of labels that the history has, once: what a search by matchers looks through. */
  alerting_label_sets: {
    kind: LabelSetKind
    /** Of a group its labels themselves. */
    fingerprint: string
    /** JSON. */
    labels: string
    alertname: string
    /** Of its last event, to a day. */
    last_ms: number
  }
  /** What a notification is found by: `alert`, `rule`, `receiver`, `group` or `result`, a space, and which. */
  alerting_notification_keys: { key: string; at_ms: number; id: string }
  /** What keeps an alert quiet now, and was recorded as such. */
  alerting_quiet: { fingerprint: string; doc: string }
  /** Chains of escalation. */
  alerting_escalations: { id: string; doc: string }
  alerting_notifications: { id: string; at_ms: number; doc: string }
}

export type AlertingTables = Tables<AlertingRows>

export const alertingSteps: readonly DomainStep[] = [
  {
    id: 1,
    name: 'alerts, silences, notification log, history',
    statements: [
      `CREATE TABLE alerting_alerts (fingerprint TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, starts_ms BIGINT NOT NULL,
        ends_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, timeout BIGINT NOT NULL, reason TEXT, value TEXT, origin TEXT NOT NULL)`,
      'CREATE TABLE alerting_acknowledgements (fingerprint TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL)',
      'CREATE TABLE alerting_silences (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, ends_ms BIGINT NOT NULL)',
      `CREATE TABLE alerting_notification_log (log_key TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL, at_ms BIGINT NOT NULL,
        expires_ms BIGINT NOT NULL)`,
      `CREATE TABLE alerting_begun (log_key TEXT NOT NULL PRIMARY KEY, idempotency_key TEXT NOT NULL, content TEXT NOT NULL,
        at_ms BIGINT NOT NULL)`,
      `CREATE TABLE alerting_transitions (id TEXT NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, fingerprint TEXT NOT NULL,
        doc TEXT NOT NULL)`,
      'CREATE INDEX alerting_transitions_by_time ON alerting_transitions (at_ms, id)',
      'CREATE INDEX alerting_transitions_by_alert ON alerting_transitions (fingerprint, at_ms, id)',
      'CREATE TABLE alerting_notifications (id TEXT NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL, doc TEXT NOT NULL)',
      'CREATE INDEX alerting_notifications_by_time ON alerting_notifications (at_ms, id)',
    ],
  },
  {
    id: 2,
    name: 'escalations',
    statements: ['CREATE TABLE alerting_escalations (id TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL)'],
  },
  {
    id: 3,
    name: 'the history is found by rule, receiver, group and labels',
    // The old rows are taken apart by SQLite's functions for JSON; a PostgreSQL has no old rows, and needs the tables alone.
    // Millions of keys go in sorted, and their second index comes last: 16 s for a million events and 333,000 notifications of
    // ten alerts each, where a UNION into both took 35.
    statements: [
      `ALTER TABLE alerting_transitions ADD COLUMN kind TEXT NOT NULL DEFAULT 'state'`,
      `ALTER TABLE alerting_transitions ADD COLUMN rule TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE alerting_transitions ADD COLUMN from_state TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE alerting_transitions ADD COLUMN to_state TEXT NOT NULL DEFAULT ''`,
      `ALTER TABLE alerting_transitions ADD COLUMN reason TEXT NOT NULL DEFAULT ''`,
      `UPDATE alerting_transitions SET rule = coalesce(json_extract(doc, '$.rule.name'), ''),
        from_state = coalesce(json_extract(doc, '$.from'), ''), to_state = coalesce(json_extract(doc, '$.to'), ''),
        reason = coalesce(json_extract(doc, '$.reason'), '')`,
      'CREATE INDEX alerting_transitions_by_rule ON alerting_transitions (rule, at_ms, id)',
      `CREATE TABLE alerting_label_sets (kind TEXT NOT NULL, fingerprint TEXT NOT NULL, labels TEXT NOT NULL,
        alertname TEXT NOT NULL, last_ms BIGINT NOT NULL, PRIMARY KEY (kind, fingerprint))`,
      `INSERT INTO alerting_label_sets (kind, fingerprint, labels, alertname, last_ms)
        SELECT 'alert', fingerprint, labels, coalesce((SELECT value.value FROM json_each(labels) AS name
            JOIN json_each(labels) AS value ON value.key = name.key + 1 WHERE name.key % 2 = 0 AND name.value = 'alertname'), ''),
          last_ms
        FROM (SELECT fingerprint, last_ms, (SELECT json_extract(doc, '$.labels') FROM alerting_transitions AS one
            WHERE one.fingerprint = alert.fingerprint ORDER BY one.at_ms DESC, one.id DESC LIMIT 1) AS labels
          FROM (SELECT fingerprint, max(at_ms) AS last_ms FROM alerting_transitions GROUP BY fingerprint) AS alert)`,
      'CREATE INDEX alerting_label_sets_by_name ON alerting_label_sets (kind, alertname, fingerprint)',
      'CREATE INDEX alerting_label_sets_by_age ON alerting_label_sets (last_ms)',
      'CREATE TABLE alerting_notification_keys (key TEXT NOT NULL, at_ms BIGINT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (key, at_ms, id))',
      `INSERT INTO alerting_notification_keys (key, at_ms, id)
        SELECT 'alert ' || one.value, told.at_ms, told.id FROM alerting_notifications AS told, json_each(told.doc, '$.firing') AS one
        UNION ALL SELECT 'alert ' || one.value, told.at_ms, told.id FROM alerting_notifications AS told, json_each(told.doc, '$.resolved') AS one
        UNION ALL SELECT 'receiver ' || json_extract(doc, '$.receiver'), at_ms, id FROM alerting_notifications
        UNION ALL SELECT 'group ' || json_extract(doc, '$.groupLabels'), at_ms, id FROM alerting_notifications
        ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      `INSERT INTO alerting_label_sets (kind, fingerprint, labels, alertname, last_ms)
        SELECT 'group', labels, labels, '', max(at_ms)
        FROM (SELECT json_extract(doc, '$.groupLabels') AS labels, at_ms FROM alerting_notifications) GROUP BY labels`,
      `INSERT INTO alerting_notification_keys (key, at_ms, id)
        SELECT 'rule ' || alertname, at_ms, id FROM alerting_notification_keys
        JOIN alerting_label_sets ON kind = 'alert' AND fingerprint = substr(key, 7) WHERE key LIKE 'alert %' AND alertname <> ''
        ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING`,
      'CREATE INDEX alerting_notification_keys_by_time ON alerting_notification_keys (at_ms)',
      'CREATE TABLE alerting_quiet (fingerprint TEXT NOT NULL PRIMARY KEY, doc TEXT NOT NULL)',
    ],
  },
  {
    id: 4,
    name: 'what is remembered of groups',
    statements: [
      'CREATE TABLE alerting_notes (kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, at_ms BIGINT NOT NULL, PRIMARY KEY (kind, key))',
    ],
  },
  {
    id: 5,
    name: 'rare events and failed notifications are found without going through all others',
    statements: [
      'CREATE INDEX alerting_transitions_by_change ON alerting_transitions (kind, from_state, to_state, reason, at_ms, id)',
      `INSERT INTO alerting_notification_keys (key, at_ms, id)
        SELECT CASE WHEN json_extract(doc, '$.withheld') IS NULL THEN 'result failed' ELSE 'result withheld' END, at_ms, id
        FROM alerting_notifications WHERE json_extract(doc, '$.delivered') = 0`,
    ],
  },
]
