import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { startBinnacle } from './start-binnacle.ts'

const until = (what: () => boolean) => vi.waitFor(() => expect(what()).toBe(true), { timeout: 10_000, interval: 20 })

test('a watcher outside is called from the start, hears nothing once the program is gone, and a reload moves it', async () => {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = (path: string) =>
    `heartbeat: {url: "${url}${path}", interval: 1s}\ncollectors: {host: {enabled: false}}\n`
  try {
    await using it = await startBinnacle({ config: settings('/first-token') })
    await until(() => heard.filter((path) => path === '/first-token').length >= 2)
    expect(await (await fetch(`${it.url}/metrics`)).text()).toMatch(
      /binnacle_heartbeat_calls_total\{result="ok"\} [1-9]/,
    )
    expect(await (await fetch(`${it.url}/api/v1/status/config`)).text()).not.toContain('first-token')

    writeFileSync(join(it.folder, 'binnacle.yml'), settings('/second-token'))
    expect((await fetch(`${it.url}/-/reload`, { method: 'POST' })).status).toBe(200)
    await until(() => heard.includes('/second-token'))

    await it.kill()
    const before = heard.length
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(heard).toHaveLength(before)
    expect(it.stdout + it.stderr).not.toMatch(/first-token|second-token/)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
