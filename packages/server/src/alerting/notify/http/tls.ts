import { readFile } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import { messageOf } from '../../../config/index.ts'
import type { Secrets } from '../secret-source.ts'
import type { TlsOptions, TlsVersion } from './http-options.ts'
import { RequestFailed } from './request-failed.ts'

/** What `tls.connect` takes. */
export type TlsSettings = SecureContextOptions & { rejectUnauthorized: boolean; servername?: string }

const VERSIONS: Readonly<Record<TlsVersion, 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3'>> = {
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

/** Reads certificates and keys anew. At least TLS 1.2 unless the options say otherwise. */
export async function readTls(options: TlsOptions, secrets: Secrets): Promise<TlsSettings> {
  const [ca, cert] = await Promise.all([options.ca ?? readIf(options.caFile), options.cert ?? readIf(options.certFile)])
  const key = options.key === undefined ? undefined : await secrets.reveal(options.key)
  return {
    rejectUnauthorized: !options.insecureSkipVerify,
    minVersion: VERSIONS[options.minVersion ?? 'TLS12'],
    ...(options.maxVersion === undefined ? {} : { maxVersion: VERSIONS[options.maxVersion] }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(options.serverName === undefined ? {} : { servername: options.serverName }),
  }
}

async function readIf(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new RequestFailed(`cannot read certificate: ${messageOf(error)}`, { retry: true, cause: error })
  }
}
