import { createVerify, X509Certificate } from 'node:crypto'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { type Clock, withDeadline } from '../../telemetry/index.ts'
import { type SnsMessage, signedText } from './sns-message.ts'

const MAX_CERTIFICATES = 16
const MAX_CERTIFICATE_BYTES = 64 * 1024
const FETCH_MS = 5_000

/** Whether an address is one of Amazon's own for SNS; nothing else that a message names is ever fetched. */
export function isSnsAddress(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, port, username, password } = new URL(url)
  if (protocol !== 'https:' || port !== '' || username !== '' || password !== '') return false
  return /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(hostname)
}

/** Throws `BinnacleError` (`alert_intake.bad_signature`, kind `forbidden`) unless Amazon signed the message. */
export type VerifySns = (message: SnsMessage, signal: AbortSignal) => Promise<void>

/** Checks signatures of version 1 (SHA-1) and 2 (SHA-256). Certificates are fetched once each and kept, a few of them. */
export function createSnsVerifier({ clock, fetch: get }: { clock: Clock; fetch: typeof fetch }): VerifySns {
  const certificates = new Map<string, X509Certificate>()

  async function certificateAt(url: string, signal: AbortSignal): Promise<X509Certificate> {
    const known = certificates.get(url)
    if (known !== undefined) return known
    const text = await withDeadline(clock, signal, FETCH_MS, async (deadline) => {
      const answer = await get(url, { signal: deadline, redirect: 'error' })
      if (!answer.ok) throw new Error(`it answered ${answer.status}`)
      return boundedText(answer)
    })
    const certificate = new X509Certificate(text)
    const oldest = certificates.size >= MAX_CERTIFICATES ? certificates.keys().next().value : undefined
    if (oldest !== undefined) certificates.delete(oldest)
    certificates.set(url, certificate)
    return certificate
  }

  return async (message, signal) => {
    const { SignatureVersion: version, Signature: signature, SigningCertURL: url } = message
    const algorithm = version === '1' ? 'RSA-SHA1' : version === '2' ? 'RSA-SHA256' : undefined
    if (algorithm === undefined || signature === undefined || url === undefined) throw unsigned('it has no signature')
    if (!isSnsAddress(url) || !new URL(url).pathname.endsWith('.pem')) {
      throw unsigned('its certificate does not lie at Amazon')
    }
    let certificate: X509Certificate
    try {
      certificate = await certificateAt(url, signal)
    } catch (error) {
      if (signal.aborted) throw error
      throw new BinnacleError(
        'alert_intake.no_certificate',
        `the certificate of SNS cannot be fetched: ${messageOf(error)}`,
        {
          kind: 'unavailable',
          hint: 'SNS sends the message again; this machine must reach sns.REGION.amazonaws.com',
          cause: error,
        },
      )
    }
    const now = clock.now()
    if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) {
      throw unsigned('its certificate is not valid at this time')
    }
    const good = createVerify(algorithm)
      .update(signedText(message), 'utf8')
      .verify(certificate.publicKey, signature, 'base64')
    if (!good) throw unsigned('its signature does not fit')
  }
}

async function boundedText(answer: Response): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  if (answer.body === null) return text
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true })
    if (text.length > MAX_CERTIFICATE_BYTES) throw new Error(`it has more than ${MAX_CERTIFICATE_BYTES} bytes`)
  }
  return text
}

function unsigned(why: string): BinnacleError {
  return new BinnacleError('alert_intake.bad_signature', `the SNS message is not Amazon's: ${why}`, {
    kind: 'forbidden',
    hint: 'for a stand-in of AWS (LocalStack) set alert_intake.sns.verify to false',
  })
}
