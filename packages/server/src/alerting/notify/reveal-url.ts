import { BinnacleError } from '../../config/index.ts'
import { RequestFailed } from './http/index.ts'
import { HIDDEN_SECRET, type SecretSource, type Secrets } from './secret-source.ts'

type Render = (template: string) => string

/** A URL that is a secret as a whole: trimmed, run as a template when `render` is given. Rejects with `RequestFailed`. */
export async function revealUrl(source: SecretSource, secrets: Secrets, render?: Render): Promise<string> {
  const text = (await secrets.reveal(source)).trim()
  if (text === HIDDEN_SECRET) {
    // A preview finds a template that fails, too.
    if ('value' in source) runQuietly(source.value.reveal(), render)
    return text
  }
  const url = runQuietly(text, render)
  secrets.add(url)
  if (url === '') throw new RequestFailed('the URL is empty', { retry: false })
  return url
}

/** Without the template itself in the error: it is a secret. */
function runQuietly(template: string, render: Render | undefined): string {
  if (render === undefined) return template
  try {
    return render(template)
  } catch (error) {
    if (!(error instanceof BinnacleError)) throw error
    const { code, message, kind, place } = error
    throw new BinnacleError(code, message, { kind, ...(place === undefined ? {} : { place }) })
  }
}
