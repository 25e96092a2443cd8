== brute-force, slow
+2m firing security-critical/email security-team@catalytic.local: [CRITICAL SECURITY] CriticalFailedLoginRate
+2m firing security-critical/pagerduty trigger: CriticalFailedLoginRate: Logins fail very often
+2m firing security-critical/slack #security-critical: 🚨 CRITICAL SECURITY ALERT
    Logins fail very often
    120 failed logins per minute (more than 50)
+2m firing default/email ops-team@catalytic.local: [ALERT] CriticalFailedLoginRate
-- over after 8m
+9m resolved security-critical/email security-team@catalytic.local: [RESOLVED] CriticalFailedLoginRate
+9m resolved security-critical/pagerduty resolve: CriticalFailedLoginRate: Logins fail very often
+9m resolved security-critical/slack #security-critical: ✅ Resolved: CriticalFailedLoginRate
    Logins fail very often
    120 failed logins per minute (more than 50)
+10m firing performance-team/email performance@catalytic.local: [PERFORMANCE] HighAPILatency
+11m firing security-warning/email security-team@catalytic.local: [WARNING] HighFailedLoginRate
+11m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Logins fail often
+12m resolved default/email ops-team@catalytic.local: [RESOLVED] CriticalFailedLoginRate
+16m resolved security-warning/email security-team@catalytic.local: [RESOLVED] HighFailedLoginRate
+16m resolved security-warning/slack #security-alerts: ✅ Resolved: HighFailedLoginRate
    Logins fail often
+20m resolved performance-team/email performance@catalytic.local: [RESOLVED] HighAPILatency

== failed-logins, slow, forbidden, no-redis, disk
+2m firing infrastructure-critical/email infra@catalytic.local: [CRITICAL] RedisUnavailable
+2m firing infrastructure-critical/pagerduty trigger: RedisUnavailable: Redis does not answer
+2m firing infrastructure-critical/slack #operations: RedisUnavailable
    Redis does not answer: The cache is gone; the API goes to the database for everything.
    https://docs.catalytic.local/runbooks/redis_unavailable
+7m firing security-warning/email security-team@catalytic.local: [WARNING] UnauthorizedAPIAccess
+7m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Many requests are forbidden
+8m firing security-warning/email security-team@catalytic.local: [WARNING] HighFailedLoginRate
+8m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Logins fail often
+10m firing performance-team/email performance@catalytic.local: [PERFORMANCE] HighAPILatency
+15m firing infrastructure-team/email infra@catalytic.local: [INFRASTRUCTURE] DiskSpaceLow
-- over after 18m
+19m resolved infrastructure-critical/email infra@catalytic.local: [RESOLVED] RedisUnavailable
+19m resolved infrastructure-critical/pagerduty resolve: RedisUnavailable: Redis does not answer
+19m resolved infrastructure-critical/slack #operations: ✅ Resolved: RedisUnavailable
    Redis does not answer: The cache is gone; the API goes to the database for everything.
    https://docs.catalytic.local/runbooks/redis_unavailable
+22m resolved security-warning/email security-team@catalytic.local: [RESOLVED] UnauthorizedAPIAccess
+22m resolved security-warning/slack #security-alerts: ✅ Resolved: UnauthorizedAPIAccess
    Many requests are forbidden
+23m resolved security-warning/email security-team@catalytic.local: [RESOLVED] HighFailedLoginRate
+23m resolved security-warning/slack #security-alerts: ✅ Resolved: HighFailedLoginRate
    Logins fail often
+25m resolved infrastructure-team/email infra@catalytic.local: [RESOLVED] DiskSpaceLow
+30m resolved performance-team/email performance@catalytic.local: [RESOLVED] HighAPILatency

== very-slow, rate-limit, errors, redis-memory, gpu-memory, no-database
+2m firing infrastructure-critical/email infra@catalytic.local: [CRITICAL] DatabaseUnavailable
+2m firing infrastructure-critical/pagerduty trigger: DatabaseUnavailable: PostgreSQL does not answer
+2m firing infrastructure-critical/slack #operations: DatabaseUnavailable
    PostgreSQL does not answer: Nothing can be stored.
    https://docs.catalytic.local/runbooks/database_unavailable
+3m firing operations-critical/email ops-team@catalytic.local: [CRITICAL] CriticalAPILatency
+3m firing operations-critical/pagerduty trigger: CriticalAPILatency: The API is very slow
+3m firing operations-critical/slack #operations: CriticalAPILatency
    The API is very slow: p95 is 2.364s (more than 1 s)
    https://docs.catalytic.local/runbooks/high_api_latency
+6m firing operations-critical/email ops-team@catalytic.local: [CRITICAL] GPUMemoryExhaustion
+6m firing operations-critical/pagerduty trigger: GPUMemoryExhaustion: The memory of GPU 0 is nearly full
+6m firing operations-critical/slack #operations: GPUMemoryExhaustion
    The memory of GPU 0 is nearly full: 98.75% in use (more than 95%)
    https://docs.catalytic.local/runbooks/gpu_memory_exhaustion
+6m firing backend-lead/email backend-lead@catalytic.local: [CRITICAL] HighErrorRate: Requests fail
+6m firing operations-critical/email ops-team@catalytic.local: [CRITICAL] HighErrorRate
+6m firing operations-critical/pagerduty trigger: HighErrorRate: Requests fail
+6m firing operations-critical/slack #operations: HighErrorRate
    Requests fail: 8.313% of the requests end with 5xx (more than 1%)
    https://docs.catalytic.local/runbooks/high_error_rate
+6m firing security-warning/email security-team@catalytic.local: [WARNING] RateLimitExceeded
+6m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Many requests meet the rate limit
+15m firing performance-team/email performance@catalytic.local: [PERFORMANCE] RedisMemoryHigh
-- over after 18m
+19m resolved infrastructure-critical/email infra@catalytic.local: [RESOLVED] DatabaseUnavailable
+19m resolved infrastructure-critical/pagerduty resolve: DatabaseUnavailable: PostgreSQL does not answer
+19m resolved infrastructure-critical/slack #operations: ✅ Resolved: DatabaseUnavailable
    PostgreSQL does not answer: Nothing can be stored.
    https://docs.catalytic.local/runbooks/database_unavailable
+19m resolved operations-critical/email ops-team@catalytic.local: [RESOLVED] GPUMemoryExhaustion
+19m resolved operations-critical/pagerduty resolve: GPUMemoryExhaustion: The memory of GPU 0 is nearly full
+19m resolved operations-critical/slack #operations: ✅ Resolved: GPUMemoryExhaustion
    The memory of GPU 0 is nearly full: 98.75% in use (more than 95%)
    https://docs.catalytic.local/runbooks/gpu_memory_exhaustion
+22m resolved backend-lead/email backend-lead@catalytic.local: [RESOLVED] HighErrorRate: Requests fail
+22m resolved operations-critical/email ops-team@catalytic.local: [RESOLVED] HighErrorRate
+22m resolved operations-critical/pagerduty resolve: HighErrorRate: Requests fail
+22m resolved operations-critical/slack #operations: ✅ Resolved: HighErrorRate
    Requests fail: 1.877% of the requests end with 5xx (more than 1%)
    https://docs.catalytic.local/runbooks/high_error_rate
+23m resolved operations-critical/email ops-team@catalytic.local: [RESOLVED] CriticalAPILatency
+23m resolved operations-critical/pagerduty resolve: CriticalAPILatency: The API is very slow
+23m resolved operations-critical/slack #operations: ✅ Resolved: CriticalAPILatency
    The API is very slow: p95 is 1.843s (more than 1 s)
    https://docs.catalytic.local/runbooks/high_api_latency
+25m resolved performance-team/email performance@catalytic.local: [RESOLVED] RedisMemoryHigh
+26m resolved security-warning/email security-team@catalytic.local: [RESOLVED] RateLimitExceeded
+26m resolved security-warning/slack #security-alerts: ✅ Resolved: RateLimitExceeded
    Many requests meet the rate limit

== sql-injection, encryption, invalid-input, jwt, password-reset, pool, cold-cache
+2m firing security-critical/email security-team@catalytic.local: [CRITICAL SECURITY] SQLInjectionAttempt
+2m firing security-critical/pagerduty trigger: SQLInjectionAttempt: Somebody tries SQL injection
+2m firing security-critical/slack #security-critical: 🚨 CRITICAL SECURITY ALERT
    Somebody tries SQL injection
    8 inputs with SQL in 5 minutes
+2m firing default/email ops-team@catalytic.local: [ALERT] SQLInjectionAttempt
+6m firing operations-critical/email ops-team@catalytic.local: [CRITICAL] DatabaseConnectionPoolExhaustion
+6m firing operations-critical/pagerduty trigger: DatabaseConnectionPoolExhaustion: The connection pool is nearly used up
+6m firing operations-critical/slack #operations: DatabaseConnectionPoolExhaustion
    The connection pool is nearly used up: 95% of the connections are in use (more than 90%)
    https://docs.catalytic.local/runbooks/database_connection_pool
+6m firing security-warning/email security-team@catalytic.local: [WARNING] JWTTokenErrors
+6m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Many tokens are refused
+7m firing security-warning/email security-team@catalytic.local: [WARNING] HighInputValidationFailures
+7m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Many inputs are refused
+7m firing security-critical/email security-team@catalytic.local: [CRITICAL SECURITY] EncryptionFailureRate
+7m firing security-critical/pagerduty trigger: EncryptionFailureRate: Encryption fails
+7m firing security-critical/slack #security-critical: 🚨 CRITICAL SECURITY ALERT
    Encryption fails
    3 errors per second
+7m firing default/email ops-team@catalytic.local: [ALERT] EncryptionFailureRate
+7m firing security-critical/email security-team@catalytic.local: [CRITICAL SECURITY] DecryptionFailureRate
+7m firing security-critical/pagerduty trigger: DecryptionFailureRate: Decryption fails
+7m firing security-critical/slack #security-critical: 🚨 CRITICAL SECURITY ALERT
    Decryption fails
    3 errors per second
+7m firing default/email ops-team@catalytic.local: [ALERT] DecryptionFailureRate
+14m firing security-warning/email security-team@catalytic.local: [WARNING] PasswordResetAbuse
+14m firing security-warning/slack #security-alerts: ⚠️ Security Warning
    Password resets are asked for in masses
+22m firing performance-team/email performance@catalytic.local: [PERFORMANCE] LowCacheHitRate
-- over after 24m
+25m resolved operations-critical/email ops-team@catalytic.local: [RESOLVED] DatabaseConnectionPoolExhaustion
+25m resolved operations-critical/pagerduty resolve: DatabaseConnectionPoolExhaustion: The connection pool is nearly used up
+25m resolved operations-critical/slack #operations: ✅ Resolved: DatabaseConnectionPoolExhaustion
    The connection pool is nearly used up: 95% of the connections are in use (more than 90%)
    https://docs.catalytic.local/runbooks/database_connection_pool
+28m resolved security-critical/email security-team@catalytic.local: [RESOLVED] EncryptionFailureRate
+28m resolved security-critical/pagerduty resolve: EncryptionFailureRate: Encryption fails
+28m resolved security-critical/slack #security-critical: ✅ Resolved: EncryptionFailureRate
    Encryption fails
    1.011 errors per second
+28m resolved security-critical/email security-team@catalytic.local: [RESOLVED] DecryptionFailureRate
+28m resolved security-critical/pagerduty resolve: DecryptionFailureRate: Decryption fails
+28m resolved security-critical/slack #security-critical: ✅ Resolved: DecryptionFailureRate
    Decryption fails
    1.011 errors per second
+30m resolved security-critical/email security-team@catalytic.local: [RESOLVED] SQLInjectionAttempt
+30m resolved security-critical/pagerduty resolve: SQLInjectionAttempt: Somebody tries SQL injection
+30m resolved security-critical/slack #security-critical: ✅ Resolved: SQLInjectionAttempt
    Somebody tries SQL injection
    1 inputs with SQL in 5 minutes
+31m resolved security-warning/email security-team@catalytic.local: [RESOLVED] JWTTokenErrors
+31m resolved security-warning/slack #security-alerts: ✅ Resolved: JWTTokenErrors
    Many tokens are refused
+32m resolved default/email ops-team@catalytic.local: [RESOLVED] SQLInjectionAttempt
+32m resolved security-warning/email security-team@catalytic.local: [RESOLVED] HighInputValidationFailures
+32m resolved security-warning/slack #security-alerts: ✅ Resolved: HighInputValidationFailures
    Many inputs are refused
+32m resolved performance-team/email performance@catalytic.local: [RESOLVED] LowCacheHitRate
+32m resolved default/email ops-team@catalytic.local: [RESOLVED] EncryptionFailureRate
+32m resolved default/email ops-team@catalytic.local: [RESOLVED] DecryptionFailureRate
+34m resolved security-warning/email security-team@catalytic.local: [RESOLVED] PasswordResetAbuse
+34m resolved security-warning/slack #security-alerts: ✅ Resolved: PasswordResetAbuse
    Password resets are asked for in masses

== catalytic-saas-down
+2m firing infrastructure-critical/email infra@catalytic.local: [CRITICAL] ServiceUnavailable
+2m firing infrastructure-critical/pagerduty trigger: ServiceUnavailable: The API does not answer
+2m firing infrastructure-critical/slack #operations: ServiceUnavailable
    The API does not answer: catalytic-saas:1 of the job catalytic-saas fails
    https://docs.catalytic.local/runbooks/service_unavailable
    The API does not answer: health:1 of the job health fails
    https://docs.catalytic.local/runbooks/service_unavailable
-- over after 4m
+5m resolved infrastructure-critical/email infra@catalytic.local: [RESOLVED] ServiceUnavailable
+5m resolved infrastructure-critical/pagerduty resolve: ServiceUnavailable: The API does not answer
+5m resolved infrastructure-critical/slack #operations: ✅ Resolved: ServiceUnavailable
    The API does not answer: catalytic-saas:1 of the job catalytic-saas fails
    https://docs.catalytic.local/runbooks/service_unavailable
    The API does not answer: health:1 of the job health fails
    https://docs.catalytic.local/runbooks/service_unavailable
