import { type Command, CommanderError } from 'commander'
import { nearestName } from '../config/index.ts'
import { printFailure } from './failure.ts'
import { createProgram } from './program.ts'

/**
 * Runs one command of `binnacle`; `args` are without the program's name. Sets the exit code: 0 well, 1 failed or
 * findings, 2 wrong use. Never prints a stack, unless BINNACLE_DEBUG is set.
 */
export async function main(args: readonly string[]): Promise<void> {
  const program = createProgram()
  const unknown = unknownCommand(program, args[0])
  if (unknown !== undefined) {
    process.stderr.write(`${unknown}\n`)
    process.exitCode = 2
    return
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    // Commander has printed its own message already (and help and version, which end with code 0).
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
    else {
      printFailure(error, process.env)
      process.exitCode = 1
    }
  }
  // All parts have stopped by now: a timer that one of them forgot must not keep the program, and its terminal, for seconds.
  if (args[0] === 'up' || args[0] === undefined || args[0].startsWith('-')) process.exit()
}

/** What to say when the first word is no command; without this the default command would get it as an argument. */
function unknownCommand(program: Command, word: string | undefined): string | undefined {
  if (word === undefined || word.startsWith('-')) return undefined
  const names = ['help', ...program.commands.map((command) => command.name())]
  if (names.includes(word)) return undefined
  const near = nearestName(word, names)
  return `binnacle: unknown command "${word}"\n  ${near === undefined ? `commands are ${names.join(', ')}` : `did you mean "${near}"?`}`
}
