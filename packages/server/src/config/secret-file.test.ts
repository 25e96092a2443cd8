import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { expandEnvironment, readSecretFile } from './index.ts'

test('a secret file is read without surrounding white space and does not print', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'binnacle-secret-'))
  try {
    const file = join(directory, 'password')
    await writeFile(file, 'hunter2\n')
    const secret = await readSecretFile(file)
    expect(secret.reveal()).toBe('hunter2')
    expect(`${secret}`).toBe('***')
    await expect(readSecretFile(join(directory, 'none'))).rejects.toMatchObject({ code: 'config.secret_file' })
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('variables are replaced, an unset one is an error with its place', () => {
  expect(expandEnvironment(`a-\${B}-$$-$C`, { B: 'x' })).toBe('a-x-$-$C')
  expect(() => expandEnvironment(`\${B}`, {}, { file: 'a.yml', line: 3 })).toThrowError(
    expect.objectContaining({ code: 'config.unset_variable', place: { file: 'a.yml', line: 3 } }),
  )
})
