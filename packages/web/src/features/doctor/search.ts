import type { Verdict } from '../../api/index.ts'
import { textOf } from '../../view/index.ts'

/** Which rules: words to find, and a verdict; without one those that have something. */
export type DoctorSearch = { text?: string; verdict?: Verdict | 'all' }

const VERDICTS: readonly string[] = ['can_fire', 'cannot_fire', 'always_fires', 'unknown', 'all']

export function validateDoctor(search: Record<string, unknown>): DoctorSearch {
  const found: DoctorSearch = {}
  const text = textOf(search, 'text')
  const verdict = textOf(search, 'verdict')
  if (text !== undefined) found.text = text
  if (verdict !== undefined && VERDICTS.includes(verdict))
    found.verdict = verdict as NonNullable<DoctorSearch['verdict']>
  return found
}
