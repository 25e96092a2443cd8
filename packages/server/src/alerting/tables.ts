import type { DomainStep, Tables } from '../state/index.ts'

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
  /** Notifications whose answer was not seen. */
  alerting_begun: { log_key: string; idempotency_key: string; content: string; at_ms: number }
  alerting_transitions: { id: string; at_ms: number; fingerprint: string; doc: string }
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
]
