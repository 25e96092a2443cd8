import { readFile, stat } from 'node:fs/promises'
import { BinnacleError, messageOf } from '../../config/index.ts'
import { findFiles } from '../../metrics/intake/discovery/index.ts'
import type { TemplateFile } from './templates.ts'

const MAX_FILE_BYTES = 1024 * 1024
const MAX_FILES = 1000

/**
 * Template files of `templates:` patterns, in the order of the patterns. A pattern that matches nothing gives none.
 * Rejects with `BinnacleError` (`notify.template_file`).
 */
export async function readTemplateFiles(patterns: readonly string[]): Promise<TemplateFile[]> {
  const paths = [...new Set(patterns.flatMap((pattern) => findFiles(pattern)))]
  if (paths.length > MAX_FILES) throw unreadable(`the patterns match more than ${MAX_FILES} files`)
  const files: TemplateFile[] = []
  for (const path of paths) {
    try {
      const found = await stat(path)
      if (!found.isFile()) continue
      if (found.size > MAX_FILE_BYTES) throw new Error(`${path} has more than ${MAX_FILE_BYTES} bytes`)
      files.push({ path, text: await readFile(path, 'utf8') })
    } catch (error) {
      throw unreadable(`cannot read template file: ${messageOf(error)}`, { file: path, cause: error })
    }
  }
  return files
}

function unreadable(message: string, { file, cause }: { file?: string; cause?: unknown } = {}): BinnacleError {
  return new BinnacleError('notify.template_file', message, {
    ...(file === undefined ? {} : { place: { file } }),
    ...(cause === undefined ? {} : { cause }),
  })
}
