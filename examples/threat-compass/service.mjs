// Plays CloudWatch and SNS for ThreatCompass: each trouble is an alarm, and its change of state goes to Binnacle as a Lambda function
// passes it on. By itself: node examples/threat-compass/service.mjs ALARM [ALARM|OK|INSUFFICIENT_DATA] [http://127.0.0.1:7070]
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'

const TOKEN = 'of-the-example'
const ACCOUNT = '123456789012'
const REGION = 'us-east-1'

/** Alarms by name: topic, description, what CloudWatch measures, why it fires. */
const ALARMS = {
  'threatcompass-production-flask-no-tasks': {
    topic: 'critical',
    description: 'No task of the Flask service is running',
    trigger: [
      'ECS/ContainerInsights',
      'RunningTaskCount',
      { ClusterName: 'threatcompass-production', ServiceName: 'flask-app' },
    ],
    reason: 'Threshold Crossed: 1 datapoint [0.0] was less than the threshold (1.0).',
  },
  'threatcompass-production-alb-5xx': {
    topic: 'critical',
    description: 'More than 5% of the requests end with 5xx',
    trigger: ['AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', { LoadBalancer: 'app/threatcompass/1' }],
    reason: 'Threshold Crossed: 3 datapoints were greater than the threshold (5.0).',
  },
  'threatcompass-production-rds-cpu': {
    topic: 'warning',
    description: 'The database is busy',
    trigger: ['AWS/RDS', 'CPUUtilization', { DBInstanceIdentifier: 'threatcompass-production' }],
    reason: 'Threshold Crossed: 3 datapoints were greater than the threshold (80.0).',
  },
  'threatcompass-production-redis-memory': {
    topic: 'warning',
    description: 'Redis is nearly full',
    trigger: ['AWS/ElastiCache', 'DatabaseMemoryUsagePercentage', { CacheClusterId: 'threatcompass-production' }],
    reason: 'Threshold Crossed: 1 datapoint [92.0] was greater than the threshold (90.0).',
  },
  'threatcompass-production-onboarding-slow': {
    topic: 'warning',
    description: 'Onboarding of new tenants takes over 30 minutes',
    trigger: ['ThreatCompass', 'OnboardingDuration', {}],
    reason: 'Threshold Crossed: 1 datapoint [41.0] was greater than the threshold (30.0).',
  },
}

export const port = 7185
export const troubles = Object.keys(ALARMS)
export const families = []

/** For alertmanager.yml and binnacle.yml; the recorder stands in for mail and Slack. */
export const environment = ({ httpPort, smtpPort }) => ({
  ALERT_TOKEN: TOKEN,
  ALERT_EMAIL: 'admin@yourdomain.com',
  SMTP_SMARTHOST: `127.0.0.1:${smtpPort}`,
  SLACK_WEBHOOK_URL: `http://127.0.0.1:${httpPort}/slack`,
})

/** A trouble began or ended: its alarm is told, for five minutes until Binnacle answers. */
export async function changed(name, isOn, url = 'http://127.0.0.1:7070') {
  const message = messageOf(name, isOn ? 'ALARM' : 'OK')
  for (let attempt = 0; ; attempt++) {
    try {
      return await post(message, url)
    } catch (error) {
      if (attempt === 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 1_000))
    }
  }
}

/** The event in which a Lambda function gets the change of an alarm. */
export function messageOf(name, state, now = new Date().toISOString()) {
  const { topic, description, trigger, reason } = ALARMS[name]
  const [Namespace, MetricName, dimensions] = trigger
  const alarm = {
    AlarmName: name,
    AlarmDescription: description,
    AWSAccountId: ACCOUNT,
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${name}`,
    NewStateValue: state,
    NewStateReason: state === 'ALARM' ? reason : state === 'OK' ? 'Threshold no longer crossed.' : 'No datapoints.',
    StateChangeTime: now,
    Trigger: {
      Namespace,
      MetricName,
      Dimensions: Object.entries(dimensions).map(([name, value]) => ({ name, value })),
    },
  }
  const Sns = {
    Type: 'Notification',
    MessageId: randomUUID(),
    TopicArn: `arn:aws:sns:${REGION}:${ACCOUNT}:threatcompass-production-${topic}-alerts`,
    Subject: `${state}: "${name}" in US East (N. Virginia)`,
    Message: JSON.stringify(alarm),
    Timestamp: now,
  }
  return { Records: [{ EventSource: 'aws:sns', EventVersion: '1.0', Sns }] }
}

async function post(message, url) {
  const response = await fetch(`${url}/api/alerts/sns`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(message),
  })
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, state = 'ALARM', url = 'http://127.0.0.1:7070'] = process.argv.slice(2)
  if (name === undefined || !(name in ALARMS)) {
    console.error(`node service.mjs ${troubles.join('|')} [ALARM|OK|INSUFFICIENT_DATA] [URL]`)
    process.exit(1)
  }
  await post(messageOf(name, state), url)
}
