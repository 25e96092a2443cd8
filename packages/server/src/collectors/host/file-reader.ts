import fs from 'node:fs'

/**
 * Reads the small files of /proc and /sys in the thread pool, so that a file that hangs never stops the event loop.
 * A file of /proc that is read every round keeps its descriptor (`text`): reading again from offset 0 makes the kernel
 * write it anew and saves open and close, half of the work. Attributes of /sys come and go with devices and are opened
 * each time (`attribute`).
 */
export type FileReader = {
  /** The whole file as UTF-8 (broken bytes become U+FFFD). Throws the system error. */
  text(path: string): Promise<string>
  /** As `text`, `undefined` when there is no such file. */
  textIfAny(path: string): Promise<string | undefined>
  /** As `textIfAny`, opened for this once: for files on disk, and where the name stands for another file next time. */
  fresh(path: string): Promise<string | undefined>
  /** First 4 KiB of the file without surrounding white space; `undefined` when it is absent or the driver refuses. */
  attribute(path: string): Promise<string | undefined>
  /** Names in a directory, sorted; `undefined` when there is no such directory. */
  list(path: string): Promise<string[] | undefined>
  /** Gives the kept descriptors back. */
  close(): void
}

/** Fixed names only are read by `text`, about 40 of them; the bound is there for the day somebody errs. */
const KEPT_LIMIT = 64
const FIRST_READ_BYTES = 16 * 1024
const ATTRIBUTE_BYTES = 4096
/** No file that we read has more; a file that does is an error, not a reason to grow. */
const FILE_LIMIT_BYTES = 16 * 1024 * 1024

/** What drivers answer for an attribute that they do not have at the moment. None of it is news. */
const REFUSALS = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'EPERM',
  'EINVAL',
  'EOPNOTSUPP',
  'ENOTSUP',
  'ENODEV',
  'ENXIO',
  'ENODATA',
  'EAGAIN',
  'EBUSY',
  'EIO',
  'EISDIR',
])

export function createFileReader(): FileReader {
  const kept = new Map<string, number>()
  let closed = false

  async function text(path: string): Promise<string> {
    const keptFd = kept.get(path)
    if (keptFd !== undefined) {
      // Taken out while it is read: two readers of one descriptor would each make the kernel start anew.
      kept.delete(path)
      try {
        const content = await readFrom(keptFd, path)
        keep(path, keptFd)
        return content
      } catch {
        closeFd(keptFd)
      }
    }
    const fd = await open(path)
    try {
      const content = await readFrom(fd, path)
      keep(path, fd)
      return content
    } catch (error) {
      closeFd(fd)
      throw error
    }
  }

  function keep(path: string, fd: number): void {
    if (closed || kept.size >= KEPT_LIMIT || kept.has(path)) closeFd(fd)
    else kept.set(path, fd)
  }

  return {
    text,
    async textIfAny(path) {
      try {
        return await text(path)
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
    },
    async fresh(path) {
      let fd: number
      try {
        fd = await open(path)
      } catch (error) {
        if (isAbsent(error)) return undefined
        throw error
      }
      try {
        return await readFrom(fd, path)
      } finally {
        closeFd(fd)
      }
    },
    async attribute(path) {
      let fd: number
      try {
        fd = await open(path)
      } catch (error) {
        if (REFUSALS.has(codeOf(error))) return undefined
        throw error
      }
      try {
        const buffer = Buffer.allocUnsafe(ATTRIBUTE_BYTES)
        const length = await read(fd, buffer, 0, ATTRIBUTE_BYTES, 0)
        return buffer.toString('utf8', 0, length).trim()
      } catch (error) {
        if (REFUSALS.has(codeOf(error))) return undefined
        throw error
      } finally {
        closeFd(fd)
      }
    },
    list: (path) =>
      new Promise((resolve, reject) => {
        fs.readdir(path, (error, names) => {
          if (!error) resolve(names.sort())
          else if (isAbsent(error)) resolve(undefined)
          else reject(error)
        })
      }),
    close() {
      closed = true
      for (const fd of kept.values()) closeFd(fd)
      kept.clear()
    },
  }
}

/** Reads to the end: files of /proc come in pieces of a page, an answer of zero bytes is their end. */
async function readFrom(fd: number, path: string): Promise<string> {
  let buffer = Buffer.allocUnsafe(FIRST_READ_BYTES)
  let length = 0
  for (;;) {
    if (length === buffer.length) {
      if (length >= FILE_LIMIT_BYTES) throw new Error(`${path} is larger than ${FILE_LIMIT_BYTES} bytes`)
      const larger = Buffer.allocUnsafe(buffer.length * 2)
      buffer.copy(larger)
      buffer = larger
    }
    const count = await read(fd, buffer, length, buffer.length - length, length)
    if (count === 0) return buffer.toString('utf8', 0, length)
    length += count
  }
}

function open(path: string): Promise<number> {
  return new Promise((resolve, reject) => fs.open(path, 'r', (error, fd) => (error ? reject(error) : resolve(fd))))
}

function read(fd: number, buffer: Buffer, offset: number, length: number, position: number): Promise<number> {
  return new Promise((resolve, reject) =>
    fs.read(fd, buffer, offset, length, position, (error, count) => (error ? reject(error) : resolve(count))),
  )
}

/** Nobody waits for a close, and nothing that is only read can fail in it. */
function closeFd(fd: number): void {
  fs.close(fd, () => {})
}

export function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? ''
}

export function isAbsent(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
