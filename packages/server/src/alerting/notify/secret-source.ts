import { readSecretFile, type Secret } from '../../config/index.ts'

/** Where a secret comes from: written in the configuration, or in a file that is read anew at each use. */
export type SecretSource = { readonly value: Secret } | { readonly file: string }

/** What a preview shows in the place of a secret, as Alertmanager does. */
export const HIDDEN_SECRET = '<secret>'

/**
 * The secrets of one attempt. `reveal` gives the value for what is sent; `redact` takes every value that was revealed
 * out of a text that leaves the attempt (an answer, an error).
 */
export type Secrets = {
  /** Rejects with `BinnacleError` (`config.secret_file`). */
  reveal(source: SecretSource): Promise<string>
  /** A secret that templates or exchanges made: a URL, a fetched token. */
  add(value: string): void
  redact(text: string): string
}

/** Shorter values would blot out half of every text and protect nothing. */
const MIN_LENGTH = 4
/** Parts of a secret URL that are long enough to be keys themselves. */
const MIN_PART_LENGTH = 12
const MIN_QUERY_LENGTH = 6

export function openSecrets(): Secrets {
  const known = new Set<string>()
  const add = (value: string): void => {
    for (const form of formsOf(value)) if (form.length >= MIN_LENGTH) known.add(form)
  }
  return {
    async reveal(source) {
      const secret = 'value' in source ? source.value : await readSecretFile(source.file)
      add(secret.reveal())
      return secret.reveal()
    },
    add,
    redact(text) {
      let clean = text
      // The longest first, so that a URL goes as a whole before its parts do.
      for (const value of [...known].sort((a, b) => b.length - a.length)) {
        clean = clean.replaceAll(value, HIDDEN_SECRET)
      }
      return clean
    },
  }
}

/** For previews: no secret is read at all. */
export const hiddenSecrets: Secrets = {
  reveal: () => Promise.resolve(HIDDEN_SECRET),
  add: () => {},
  redact: (text) => text,
}

/** A secret as it may come back: in all its spellings, and when it is a URL, its telling parts in theirs. */
function formsOf(value: string): string[] {
  const forms = spellingsOf(value)
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return forms
  const url = new URL(value)
  const parts = url.pathname.split('/').filter((part) => part.length >= MIN_PART_LENGTH)
  if (url.pathname.length > MIN_PART_LENGTH) parts.push(url.pathname, url.pathname + url.search)
  for (const part of url.searchParams.values()) if (part.length >= MIN_QUERY_LENGTH) parts.push(part)
  parts.push(url.href, url.password)
  return [...forms, ...parts.flatMap((part) => [...spellingsOf(part), ...spellingsOf(decodeSafely(part))])]
}

/** As it is, and encoded for URLs, forms, JSON and Basic. */
const spellingsOf = (text: string): string[] => [
  text,
  encodeURIComponent(text),
  new URLSearchParams({ v: text }).toString().slice(2),
  JSON.stringify(text).slice(1, -1),
  Buffer.from(text).toString('base64'),
]

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
