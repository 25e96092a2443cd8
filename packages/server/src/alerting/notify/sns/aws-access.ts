import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { RequestFailed } from '../http/index.ts'
import type { Secrets } from '../secret-source.ts'
import type { SnsConfig } from './config.ts'
import type { AwsCredentials } from './sigv4.ts'

type Environment = Readonly<Record<string, string | undefined>>
export type AwsAccess = { readonly credentials: AwsCredentials; readonly region: string }

/**
 * Keys and region: from the configuration, from the named profile, from the environment, from the default profile, in
 * this order. Credentials of instance roles and web identities are not fetched. Rejects with `RequestFailed`.
 * Source: AWS's "Configuration and credential file settings", "Environment variables".
 */
export async function awsAccess(
  sigv4: SnsConfig['sigv4'],
  environment: Environment,
  secrets: Secrets,
): Promise<AwsAccess> {
  const profile = sigv4.profile || environment.AWS_PROFILE || 'default'
  const isNamed = sigv4.profile !== ''
  const region = sigv4.region || environment.AWS_REGION || environment.AWS_DEFAULT_REGION
  const hasKeys = sigv4.access_key !== '' || (!isNamed && environment.AWS_ACCESS_KEY_ID)
  const shared = hasKeys && region ? {} : await readProfile(profile, environment)
  const found = region || shared.region
  if (!found) throw new RequestFailed('no region: set sigv4.region or AWS_REGION', { retry: false })
  if (sigv4.access_key !== '' && sigv4.secret_key !== undefined) {
    const secretKey = await secrets.reveal(sigv4.secret_key)
    return { region: found, credentials: { accessKey: sigv4.access_key, secretKey } }
  }
  const fromFile = {
    accessKey: shared.aws_access_key_id,
    secretKey: shared.aws_secret_access_key,
    sessionToken: shared.aws_session_token,
  }
  const fromEnvironment = {
    accessKey: environment.AWS_ACCESS_KEY_ID,
    secretKey: environment.AWS_SECRET_ACCESS_KEY,
    sessionToken: environment.AWS_SESSION_TOKEN,
  }
  for (const { accessKey, secretKey, sessionToken } of isNamed ? [fromFile] : [fromEnvironment, fromFile]) {
    if (!accessKey || !secretKey) continue
    secrets.add(secretKey)
    if (sessionToken) secrets.add(sessionToken)
    return { region: found, credentials: { accessKey, secretKey, ...(sessionToken ? { sessionToken } : {}) } }
  }
  throw new RequestFailed(
    'no AWS credentials: set sigv4.access_key and secret_key, a profile, or AWS_ACCESS_KEY_ID and ' +
      'AWS_SECRET_ACCESS_KEY (roles of instances are not asked for)',
    { retry: false },
  )
}

async function readProfile(profile: string, environment: Environment): Promise<Record<string, string>> {
  const folder = join(environment.HOME ?? homedir(), '.aws')
  const config = await readIf(environment.AWS_CONFIG_FILE ?? join(folder, 'config'))
  const credentials = await readIf(environment.AWS_SHARED_CREDENTIALS_FILE ?? join(folder, 'credentials'))
  return {
    ...sectionOf(config, profile === 'default' ? 'default' : `profile ${profile}`),
    ...sectionOf(credentials, profile),
  }
}

const readIf = (file: string) => readFile(file, 'utf8').catch(() => '')

/** Keys of one `[section]` of an INI file. */
export function sectionOf(text: string, section: string): Record<string, string> {
  const found: Record<string, string> = {}
  let isInside = false
  for (const line of text.split('\n')) {
    const header = /^\s*\[\s*(.*?)\s*\]/.exec(line)
    if (header) isInside = header[1] === section
    const pair = isInside ? /^\s*([A-Za-z_]+)\s*=\s*(.*?)\s*$/.exec(line) : null
    if (pair) found[pair[1]!.toLowerCase()] = pair[2]!
  }
  return found
}
