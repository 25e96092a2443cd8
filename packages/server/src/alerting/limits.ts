/** Bounds of alerting, by their names in the settings (`alerting.*`). */
export type AlertingLimits = {
  /** Alerts that are kept at a time (`max_alerts`). */
  readonly maxAlerts: number
  /** Characters of one alert's labels, annotations and generator URL (`max_alert_size`). */
  readonly maxAlertSize: number
  /** Groups at a time (`max_groups`). */
  readonly maxGroups: number
  /** Silences, the expired ones that are still kept included (`max_silences`). */
  readonly maxSilences: number
  /** Matchers of one silence (`max_silence_matchers`). */
  readonly maxSilenceMatchers: number
  /** Attempts under way at a time for one integration of a receiver (`max_concurrent_notifications`). */
  readonly maxConcurrent: number
  /** Ended silences and entries of the notification log are kept so long (`retention`). */
  readonly retentionMs: number
  /** Transitions and notifications are kept so long (`history.max_age`). */
  readonly historyMaxAgeMs: number
  /** Transitions and notifications, each; the oldest go first (`history.max_rows`). */
  readonly historyMaxRows: number
}

export const defaultLimits: AlertingLimits = {
  maxAlerts: 100_000,
  maxAlertSize: 65_536,
  maxGroups: 50_000,
  maxSilences: 10_000,
  maxSilenceMatchers: 100,
  maxConcurrent: 50,
  retentionMs: 120 * 3_600_000,
  historyMaxAgeMs: 400 * 86_400_000,
  historyMaxRows: 2_000_000,
}
