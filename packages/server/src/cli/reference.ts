import type { Command } from 'commander'
import { createProgram } from './program.ts'

/** docs/reference/cli.md: the help of every command, as it prints. */
export function renderCliReference(): string {
  const out = [
    '# The command binnacle',
    '',
    'The help of every command, as `binnacle COMMAND --help` prints it; `npm start -- ARGS` takes the same arguments.',
    'Exit codes: 0 well, 1 failed or findings, 2 wrong use. `BINNACLE_DEBUG=1` adds the stack to an unexpected error.',
    'This page is written by `node scripts/write-reference.mjs`; a test keeps it fresh.',
    '',
  ]
  const visit = (command: Command, path: string) => {
    const help = command.configureHelp({ helpWidth: 100 }).helpInformation().trimEnd()
    out.push(`## ${path}`, '', '```', help, '```', '')
    for (const child of command.commands) visit(child, `${path} ${child.name()}`)
  }
  visit(createProgram(), 'binnacle')
  return `${out.join('\n').trimEnd()}\n`
}
