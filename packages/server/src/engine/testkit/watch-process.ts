// A watch of its own process, to be killed by tests: starts an engine on the directory in argv and says its host's pid.
// Plain node runs it from the built files, given as a URL, since Node 20 cannot run TypeScript.

/** Source of a program that starts an engine in `dataDir` and prints `pid <host>` once it answers. */
export function watchProgram(dist: string, dataDir: string): string {
  return `
    const { createEngine } = await import(${JSON.stringify(`${dist}engine/index.js`)})
    const { createRegistry, silentLogger, systemClock } = await import(${JSON.stringify(`${dist}telemetry/index.js`)})
    const deps = { clock: systemClock, log: silentLogger, registry: createRegistry() }
    const engine = createEngine(deps, { dataDir: ${JSON.stringify(dataDir)} })
    try {
      await engine.start(new AbortController().signal)
      console.log('pid ' + engine.pid)
      setInterval(() => {}, 1000)
    } catch (error) {
      console.log('failed ' + error.code + ' ' + error.message)
    }
  `
}
