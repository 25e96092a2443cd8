// `npm run build`: brings dependencies and build up to date, and says what there was to do.
// The work is in setup/, behind the check of Node's version.
import { nodeProblem } from './setup/node-version.mjs'

const problem = nodeProblem(process.versions.node)
if (problem) {
  console.error(problem)
  process.exitCode = 1
} else {
  import('./setup/ready.mjs').then(async ({ bringUpToDate, printFailure }) => {
    try {
      const did = await bringUpToDate({ tests: false, next: 'Nothing else is started.' })
      console.log(did.length === 0 ? 'up to date' : did.join('\n'))
    } catch (error) {
      printFailure(error)
    }
  })
}
