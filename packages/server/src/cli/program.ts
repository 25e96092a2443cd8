import { Command } from 'commander'
import { addAlert } from './alert/index.ts'
import { addCheck } from './check.ts'
import { addDoctor } from './doctor/index.ts'
import { addQuery } from './query.ts'
import { addStorage } from './storage.ts'
import { addTest } from './test.ts'
import { addUp } from './up.ts'
import { readVersion } from './version.ts'

/** All commands. `up` is what runs when none is named. */
export function createProgram(): Command {
  const program = new Command('binnacle')
    .description('The whole observability stack behind one command.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .showHelpAfterError('(binnacle --help shows all commands and flags)')
    .showSuggestionAfterError()
    .enablePositionalOptions()
  for (const add of [addUp, addCheck, addDoctor, addQuery, addAlert, addTest, addStorage]) {
    add(program)
  }
  inherit(program, program)
  const up = program.commands.find((command) => command.name() === 'up')
  // Who asks for help without a command mostly wants to know how to start it.
  if (up) program.addHelpText('after', `\nFlags of up:\n${flagLines(up)}`)
  return program
}

function flagLines(command: Command): string {
  const help = command.createHelp()
  const flags = help.visibleOptions(command).filter((option) => !['help', 'version'].includes(option.name()))
  const width = Math.max(...flags.map((option) => help.optionTerm(option).length))
  return flags.map((o) => `  ${help.optionTerm(o).padEnd(width)}  ${help.optionDescription(o)}`).join('\n')
}

/** Sub-commands get `--version`, and throw instead of ending the process, as the program itself does. */
function inherit(program: Command, parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(program).version(readVersion(), '-V, --version', 'print the version')
    inherit(program, command)
  }
}
