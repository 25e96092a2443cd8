// Takes what receivers send, in place of Slack, PagerDuty, mail servers and webhooks, and tells it: one line a message.
//   HTTP: any POST is a message; its path tells the channel. GET /messages gives all as JSON.
//   SMTP: takes any mail without a password or with any.
import { createServer as createHttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'

const MOST = 1_000
const MOST_BYTES = 4 * 1024 * 1024

/** `tell(message)` is called for each `{at, channel, title, text, body}`. Resolves with `{httpPort, smtpPort, messages, close}`. */
export async function startRecorder({ httpPort = 0, smtpPort = 0, tell = () => {} } = {}) {
  const messages = []
  const take = (message) => {
    messages.push({ at: new Date().toISOString(), ...message })
    if (messages.length > MOST) messages.shift()
    tell(messages.at(-1))
  }

  const http = createHttpServer((request, response) => {
    if (request.method === 'GET') {
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(messages))
    }
    let raw = ''
    request.setEncoding('utf8').on('data', (piece) => {
      raw += piece
      if (raw.length > MOST_BYTES) request.destroy()
    })
    request.on('end', () => {
      let body = raw
      try {
        body = JSON.parse(raw)
      } catch {}
      const channel = (request.url ?? '/').split('?')[0]
      take({ channel, body, ...wordsOf(body) })
      const isEvent = typeof body === 'object' && body !== null && 'event_action' in body
      response
        .writeHead(isEvent ? 202 : 200, { 'content-type': isEvent ? 'application/json' : 'text/plain' })
        .end(
          isEvent ? JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: body.dedup_key }) : 'ok',
        )
    })
  })

  const smtp = createTcpServer((socket) => {
    let buffer = ''
    let inData = false
    let rest = 0
    let to = []
    const say = (line) => socket.write(`${line}\r\n`)
    say('220 recorder ESMTP')
    socket.setEncoding('utf8').on('error', () => {})
    socket.on('data', (piece) => {
      buffer += piece
      if (buffer.length > MOST_BYTES) return socket.destroy()
      for (;;) {
        if (inData) {
          const end = buffer.indexOf('\r\n.\r\n')
          if (end < 0) return
          // A dot at the beginning of a line was doubled on its way (RFC 5321, 4.5.2).
          const mail = buffer.slice(0, end).replace(/^\.\./gm, '.')
          buffer = buffer.slice(end + 5)
          inData = false
          take({ channel: `mail ${to.join(', ')}`, body: mail, ...mailWordsOf(mail) })
          to = []
          say('250 taken')
          continue
        }
        const end = buffer.indexOf('\r\n')
        if (end < 0) return
        const line = buffer.slice(0, end)
        buffer = buffer.slice(end + 2)
        const verb = line.slice(0, 4).toUpperCase()
        if (rest > 0) {
          rest--
          say(rest > 0 ? '334 UGFzc3dvcmQ6' : '235 come in')
        } else if (verb === 'EHLO') {
          say('250-recorder')
          say('250 AUTH PLAIN LOGIN')
        } else if (verb === 'AUTH') {
          if (/^AUTH PLAIN \S/i.test(line)) say('235 come in')
          else {
            rest = /LOGIN/i.test(line) ? 2 : 1
            say('334 VXNlcm5hbWU6')
          }
        } else if (verb === 'RCPT') {
          to.push(/<([^>]*)>/.exec(line)?.[1] ?? '')
          say('250 ok')
        } else if (verb === 'DATA') {
          inData = true
          say('354 go on')
        } else if (verb === 'QUIT') {
          say('221 bye')
          return socket.end()
        } else say('250 ok')
      }
    })
  })
  for (const [server, port] of [
    [http, httpPort],
    [smtp, smtpPort],
  ])
    await new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return {
    httpPort: http.address().port,
    smtpPort: smtp.address().port,
    messages,
    async close() {
      http.closeAllConnections()
      await Promise.all([http, smtp].map((server) => new Promise((resolve) => server.close(resolve))))
    },
  }
}

/** Title and text of what Slack, PagerDuty and webhooks get. */
function wordsOf(body) {
  if (typeof body !== 'object' || body === null) return { title: '', text: String(body) }
  const [attachment] = body.attachments ?? []
  if (attachment !== undefined) {
    const fields = (attachment.fields ?? []).map(({ title, value }) => `${title}: ${value}`)
    return {
      title: `${body.channel ?? ''} ${attachment.title || body.text || ''}`.trim(),
      text: [attachment.text, ...fields].filter(Boolean).join('\n'),
    }
  }
  if (body.event_action !== undefined)
    return {
      title: `${body.event_action} ${body.payload?.summary ?? body.dedup_key}`,
      text: detailsOf(body.payload?.custom_details ?? {}),
    }
  const names = (body.alerts ?? []).map(({ status, labels }) => `${status} ${labels?.alertname}`)
  return { title: `${body.status ?? ''} ${body.receiver ?? ''}`.trim(), text: names.join(', ') }
}

/** Details that a team wrote, a line each; of those that Alertmanager makes, its lists of alerts say nothing new. */
function detailsOf(details) {
  return Object.entries(details)
    .filter(([name, value]) => !Array.isArray(value) && typeof value !== 'object' && !name.startsWith('num_'))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

/** Subject, and the title of the page that the mail is: it tells how many alerts fire and how many ended. */
function mailWordsOf(mail) {
  const subject = /^Subject: (.*(?:\r\n[ \t].*)*)/im.exec(mail)?.[1] ?? ''
  const at = mail.indexOf('\r\n\r\n')
  const [head, raw] = [mail.slice(0, at), mail.slice(at + 4)]
  const body = /^Content-Transfer-Encoding: quoted-printable/im.test(head) ? fromQuotedPrintable(raw) : raw
  return {
    title: decodeWords(subject.replace(/\r\n(?=[ \t])/g, '')),
    text: /<title>([^<]*)<\/title>/i.exec(body)?.[1]?.replace(/\s+/g, ' ') ?? '',
  }
}

function fromQuotedPrintable(text) {
  const bytes = text
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_all, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** RFC 2047 encoded words. */
function decodeWords(text) {
  return text.replace(/=\?utf-8\?([qb])\?([^?]*)\?=\s?/gi, (_all, form, data) =>
    form.toLowerCase() === 'b'
      ? Buffer.from(data, 'base64').toString('utf8')
      : fromQuotedPrintable(data.replace(/_/g, ' ')),
  )
}
