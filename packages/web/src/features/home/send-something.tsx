import { useQuery } from '@tanstack/react-query'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Sheet } from '../../ui/sheet.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import classes from './home.module.css'
import { type SendState, sendState } from './send-checks.ts'

const origin = window.location.origin

const WAYS: readonly { key: keyof SendState; name: string; how: string; text: string }[] = [
  {
    key: 'scrape',
    name: 'Scrape an exporter',
    how: 'Save as prometheus.yml and start with --prometheus-config prometheus.yml. A file that Prometheus takes works unchanged.',
    text: `scrape_configs:
  - job_name: node
    static_configs:
      - targets: ['localhost:9100']`,
  },
  {
    key: 'remoteWrite',
    name: 'Remote write from Prometheus',
    how: 'Add to the prometheus.yml of a running Prometheus, or any agent that speaks remote write.',
    text: `remote_write:
  - url: ${origin}/api/v1/write`,
  },
  {
    key: 'client',
    name: 'A Node service with prom-client',
    how: 'After npm install prom-client; then add localhost:3001 to the targets above.',
    text: `import http from 'node:http'
import { collectDefaultMetrics, register } from 'prom-client'

collectDefaultMetrics()
http
  .createServer(async (_req, res) => {
    res.setHeader('content-type', register.contentType)
    res.end(await register.metrics())
  })
  .listen(3001)`,
  },
]

/** Three ways to send something, each turning green on its first data. */
export function SendSomething({ span }: { span: number }) {
  const { data } = useQuery(sendState)
  const next = WAYS.find((way) => data?.[way.key] !== true)?.key
  return (
    <Sheet title="Send something" note="copy, paste, watch it turn green" span={span}>
      {WAYS.map((way) => {
        const arrived = data?.[way.key] === true
        return (
          <details key={way.key} className={classes.way} name="send" open={way.key === next}>
            <summary>
              <span>{way.name}</span>
              {arrived ? (
                <StateBadge tone="ok">data arrives</StateBadge>
              ) : (
                <StateBadge tone="unknown">waiting</StateBadge>
              )}
            </summary>
            <p>{way.how}</p>
            <CodeBlock text={way.text} label={way.name} />
          </details>
        )
      })}
    </Sheet>
  )
}
