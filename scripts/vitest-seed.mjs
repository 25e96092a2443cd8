// Property tests look at new cases in every run, except in CI: what lands must not depend on luck. A failure that chance
// finds elsewhere prints its seed; `FAST_CHECK_SEED=<seed>` runs it again.
import fc from 'fast-check'

const { CI, FAST_CHECK_SEED } = process.env
if (FAST_CHECK_SEED) fc.configureGlobal({ seed: Number(FAST_CHECK_SEED) })
else if (CI) fc.configureGlobal({ seed: 20_261_121 })
