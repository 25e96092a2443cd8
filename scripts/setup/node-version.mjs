// The first thing that start and test look at. No imports and no new syntax: an old Node must get as far as the message.

/** As `engines` in package.json says it (a test holds the two together). */
const needed = [20, 19]

/** What is wrong with this version of Node, in one line, or undefined. `version` as in `process.versions.node`. */
export function nodeProblem(version) {
  const [major, minor] = version.split('.').map(Number)
  if (major > needed[0] || (major === needed[0] && minor >= needed[1])) return undefined
  return `Binnacle needs Node ${needed.join('.')} or newer; this is Node ${version} (${process.execPath}). Get a newer one from https://nodejs.org`
}
