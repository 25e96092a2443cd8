import { ALERTMANAGER_CHECKS, TEMPLATE_CHECKS } from '../../alerting/index.ts'
import { CHECKS } from '../../rules/lint/index.ts'

type Described = {
  readonly name: string
  readonly finds: string
  readonly why: string
  readonly pint?: readonly string[]
}

/** docs/reference/checks.md: every check with what it finds, why, and by which names it is switched off. */
export function renderCheckReference(): string {
  return [
    '# Checks',
    '',
    'What `binnacle check` finds beyond syntax; [check.md](../check.md) says how to run it and how to switch a check of rules',
    'off. This page is written by `node scripts/write-reference.mjs`; a test keeps it fresh.',
    '',
    '## Rules',
    '',
    ...section(CHECKS),
    '## alertmanager.yml',
    '',
    ...section([...ALERTMANAGER_CHECKS, ...TEMPLATE_CHECKS]),
  ].join('\n')
}

function section(checks: readonly Described[]): string[] {
  return [...checks]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, pint, finds, why }) => {
      const also = pint === undefined ? '' : ` Also off where ${pint.map((one) => `\`${one}\``).join(', ')} is.`
      return [`### ${name}`, '', `${finds}\n\n${why}${also}`, '']
    })
}
