// `npm start`: brings dependencies and build up to date when they are not, then becomes the program.
// `npm start -- --help` shows the program's flags. The work is in setup/start.mjs, behind the check of Node's version.
import { nodeProblem } from './setup/node-version.mjs'

const problem = nodeProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  import('./setup/start.mjs').then(({ start }) => start(process.argv.slice(2)))
}
