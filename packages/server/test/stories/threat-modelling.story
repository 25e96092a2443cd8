== errors, slow, memory, failed-logins, analysis-service-down
+6m firing pagerduty/pagerduty trigger: ServiceDown: analysis is down
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"ServiceDown":"analysis-service:1 has not answered for five minutes"}}
+6m firing default/slack #alerts: Alert: ServiceDown
    analysis is down
+6m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: HighMemoryUsage
    api-7c9f-1 is short of memory
+6m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: HighResponseTime
    api answers slowly
+7m firing security-team/email security-team@threatmodel.io: Security Alert: MultipleFailedLogins
+7m firing security-team/slack #security-alerts: 🚨 Security Alert: MultipleFailedLogins
    *Alert:* MultipleFailedLogins
    *Description:* 2 failed logins per second (more than 0.5)
    *Severity:* warning
    *Time:* 2026-01-05 10:21:23 UTC
+7m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: MultipleFailedLogins
    Many failed logins of u-17
+7m firing pagerduty/pagerduty trigger: HighErrorRate: api fails
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"HighErrorRate":"16.66% of the requests end with 5xx (more than 5%)"}}
+7m firing default/slack #alerts: Alert: HighErrorRate
    api fails
-- over after 9m
+10m resolved pagerduty/pagerduty resolve: ServiceDown: analysis is down
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":{"ServiceDown":"analysis-service:1 has not answered for five minutes"}}
+10m resolved default/slack #alerts: ✅ Resolved: ServiceDown
    analysis is down
+10m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: HighMemoryUsage
    api-7c9f-1 is short of memory
+13m resolved security-team/slack #security-alerts: ✅ Resolved: MultipleFailedLogins
    *Alert:* MultipleFailedLogins
    *Description:* 670.4m failed logins per second (more than 0.5)
    *Severity:* warning
    *Time:* 2026-01-05 10:21:23 UTC
+13m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: MultipleFailedLogins
    Many failed logins of u-17
+13m resolved pagerduty/pagerduty resolve: HighErrorRate: api fails
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":{"HighErrorRate":"6.279% of the requests end with 5xx (more than 5%)"}}
+13m resolved default/slack #alerts: ✅ Resolved: HighErrorRate
    api fails
+14m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: HighResponseTime
    api answers slowly

== api-service-down, crash-loop, memory
+6m firing pagerduty/pagerduty trigger: ServiceDown: api is down
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"ServiceDown":"api-service:1 has not answered for five minutes"}}
+6m firing default/slack #alerts: Alert: ServiceDown
    api is down
+6m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: HighMemoryUsage
    api-7c9f-1 is short of memory
+8m firing pagerduty/pagerduty trigger: PodCrashLooping: api-7c9f-1 is crash looping
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"PodCrashLooping":"api was restarted 9 times within 15 minutes"}}
+8m firing default/slack #alerts: Alert: PodCrashLooping
    api-7c9f-1 is crash looping
-- over after 11m
+12m resolved pagerduty/pagerduty resolve: ServiceDown: api is down
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":{"ServiceDown":"api-service:1 has not answered for five minutes"}}
+12m resolved default/slack #alerts: ✅ Resolved: ServiceDown
    api is down
+23m firing incident/pagerduty trigger: PodCrashLooping: level 1 of 1 (critical): not acknowledged for 15m
+23m firing incident/webhook: [FIRING:1] PodCrashLooping (production api kube-state-metrics:1 kube-state-metrics threatmodel-prod api-7c9f-1 us-east-1 critical platform)
+23m firing incident/slack #incidents: 🚨 Incident: PodCrashLooping
    api-7c9f-1 is crash looping
    https://wiki.threatmodel.io/runbooks/crash-loop
+24m resolved incident/pagerduty resolve: PodCrashLooping: level 1 of 1 (critical): not acknowledged for 15m
+24m resolved incident/webhook: [RESOLVED] PodCrashLooping (production api kube-state-metrics:1 kube-state-metrics threatmodel-prod api-7c9f-1 us-east-1 critical platform)
+24m resolved incident/slack #incidents: ✅ Resolved: PodCrashLooping
    api-7c9f-1 is crash looping
    https://wiki.threatmodel.io/runbooks/crash-loop
+24m resolved pagerduty/pagerduty resolve: PodCrashLooping: api-7c9f-1 is crash looping
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":{"PodCrashLooping":"api was restarted 3 times within 15 minutes"}}
+24m resolved default/slack #alerts: ✅ Resolved: PodCrashLooping
    api-7c9f-1 is crash looping
+25m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: HighMemoryUsage
    api-7c9f-1 is short of memory

== slow, long-analysis, forbidden, data-access
+6m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: HighResponseTime
    api answers slowly
+7m firing pagerduty/pagerduty trigger: UnauthorizedAPIAccess: Many forbidden requests to /models/:id
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":{"UnauthorizedAPIAccess":"3 answers 403 per second (more than 1)"}}
+7m firing security-team/email security-team@threatmodel.io: Security Alert: UnauthorizedAPIAccess
+7m firing security-team/slack #security-alerts: 🚨 Security Alert: UnauthorizedAPIAccess
    *Alert:* UnauthorizedAPIAccess
    *Description:* 3 answers 403 per second (more than 1)
    *Severity:* critical
    *Time:* 2026-01-05 11:00:23 UTC
+7m firing default/slack #alerts: Alert: UnauthorizedAPIAccess
    Many forbidden requests to /models/:id
+7m firing pagerduty/pagerduty trigger: SuspiciousDataAccess: u-17 reads far more than usual
    {"firing":1,"resolved":0,"num_firing":1,"num_resolved":0,"alerts":"SuspiciousDataAccess: 8 reads of sensitive data per second: over ten times what this user read in the day before\n"}
+7m firing security-team/email security-team@threatmodel.io: Security Alert: SuspiciousDataAccess
+7m firing security-team/slack #security-alerts: 🚨 Security Alert: SuspiciousDataAccess
    *Alert:* SuspiciousDataAccess
    *Description:* 8 reads of sensitive data per second: over ten times what this user read in the day before
    *Severity:* critical
    *Time:* 2026-01-05 11:00:23 UTC
+7m firing default/slack #alerts: Alert: SuspiciousDataAccess
    u-17 reads far more than usual
+16m firing product-team/slack #product-metrics: 📊 Product Alert: HighAnalysisTime
    p95 of large models is 7m 0s (more than 5 minutes)
+16m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: HighAnalysisTime
    Analyses with stride take long
-- over after 18m
+19m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: HighAnalysisTime
    Analyses with stride take long
+21m resolved pagerduty/pagerduty resolve: SuspiciousDataAccess: u-17 reads far more than usual
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":"SuspiciousDataAccess: 4.541 reads of sensitive data per second: over ten times what this user read in the day before\n"}
+21m resolved security-team/slack #security-alerts: ✅ Resolved: SuspiciousDataAccess
    *Alert:* SuspiciousDataAccess
    *Description:* 4.541 reads of sensitive data per second: over ten times what this user read in the day before
    *Severity:* critical
    *Time:* 2026-01-05 11:00:23 UTC
+21m resolved default/slack #alerts: ✅ Resolved: SuspiciousDataAccess
    u-17 reads far more than usual
+22m resolved pagerduty/pagerduty resolve: UnauthorizedAPIAccess: Many forbidden requests to /models/:id
    {"firing":0,"resolved":1,"num_firing":0,"num_resolved":1,"alerts":{"UnauthorizedAPIAccess":"1.011 answers 403 per second (more than 1)"}}
+22m resolved security-team/slack #security-alerts: ✅ Resolved: UnauthorizedAPIAccess
    *Alert:* UnauthorizedAPIAccess
    *Description:* 1.011 answers 403 per second (more than 1)
    *Severity:* critical
    *Time:* 2026-01-05 11:00:23 UTC
+22m resolved default/slack #alerts: ✅ Resolved: UnauthorizedAPIAccess
    Many forbidden requests to /models/:id
+23m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: HighResponseTime
    api answers slowly

== no-threats
+1h15m firing security-team/email security-team@threatmodel.io: Security Alert: LowThreatDetectionRate
+1h15m firing security-team/slack #security-alerts: 🚨 Security Alert: LowThreatDetectionRate
    *Alert:* LowThreatDetectionRate
    *Description:* 0 threats per second (less than 0.1), while models are created
    *Severity:* warning
    *Time:* 2026-01-05 12:31:53 UTC
+1h15m firing product-team/slack #product-metrics: 📊 Product Alert: LowThreatDetectionRate
    0 threats per second (less than 0.1), while models are created
+1h15m firing slack-warnings/slack #alerts-warnings: ⚠️ Warning: LowThreatDetectionRate
    Few threats are found with stride
-- over after 78m
+1h33m resolved security-team/slack #security-alerts: ✅ Resolved: LowThreatDetectionRate
    *Alert:* LowThreatDetectionRate
    *Description:* 97.2m threats per second (less than 0.1), while models are created
    *Severity:* warning
    *Time:* 2026-01-05 12:31:53 UTC
+1h33m resolved slack-warnings/slack #alerts-warnings: ✅ Resolved: LowThreatDetectionRate
    Few threats are found with stride
