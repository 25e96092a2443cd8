// `npm test`: everything; `npm test -- <path or vitest option>`: only those tests.
// The work is in setup/test.mjs, behind the check of Node's version.
import { nodeProblem } from './setup/node-version.mjs'

const problem = nodeProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  import('./setup/test.mjs').then(({ test }) => test(process.argv.slice(2)))
}
