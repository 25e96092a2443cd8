import { spawn } from 'node:child_process'

/** Processes that run now, so that an ending set-up takes them along. */
const running = new Set()

/**
 * Runs a program without a terminal and collects what it prints (both streams, in order of arrival, in one string).
 * @returns {Promise<{code: number, output: string}>} code 0 is success; a death by signal counts as 1.
 */
export function run(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(child)
    let output = ''
    const collect = (text) => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.on('error', (error) => {
      running.delete(child)
      reject(error)
    })
    child.on('close', (code) => {
      running.delete(child)
      resolve({ code: code ?? 1, output })
    })
  })
}

/** Sends the signal to everything that `run` has started and that has not ended. */
export function stopRunning(signal) {
  for (const child of running) child.kill(signal)
}
