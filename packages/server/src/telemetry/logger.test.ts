import { expect, test } from 'vitest'
import { BinnacleError, ConfigErrors, Secret } from '../config/index.ts'
import { createLogger } from './logger.ts'

function errorOf(error: unknown): Record<string, unknown> {
  const lines: string[] = []
  createLogger({ level: 'info', write: (line) => lines.push(line) }).error({ error }, 'it failed')
  return (JSON.parse(lines[0]!) as { error: Record<string, unknown> }).error
}

test('mistakes in a file are logged with their places, and without a stack', () => {
  const at = (line: number) =>
    new BinnacleError('config.invalid_value', `line ${line} is wrong`, { place: { file: 'a.yml', line, column: 5 } })
  const { message, findings, ...rest } = errorOf(new ConfigErrors(Array.from({ length: 12 }, (_, i) => at(i + 1))))
  expect(message).toBe('line 1 is wrong (and 11 more)')
  expect(findings).toHaveLength(10)
  expect((findings as unknown[])[1]).toEqual({
    message: 'line 2 is wrong',
    code: 'config.invalid_value',
    place: { file: 'a.yml', line: 2, column: 5 },
  })
  expect(rest).toEqual({})
})

test('of errors only bugs have a stack, and secrets are hidden', () => {
  expect(errorOf(new BinnacleError('config.missing', 'x'))).toEqual({ message: 'x', code: 'config.missing' })
  expect(errorOf(new TypeError('x is undefined'))).toMatchObject({ stack: expect.stringContaining('logger.test') })
  const secret = new Secret('hunter2')
  expect(String(JSON.stringify(errorOf(secret)))).not.toContain('hunter2')
})
