import { type CollectorFactory, NoDataError } from '../collector.ts'
import { labels } from '../metric-text.ts'

const FIELDS = [
  ...['build_id', 'id', 'id_like', 'image_id', 'image_version', 'name', 'pretty_name', 'variant', 'variant_id'],
  ...['version', 'version_codename', 'version_id'],
]

/** Name and version of the operating system from os-release. Source: os-release(5). */
export const createOsRelease: CollectorFactory = ({ files, root }) => {
  return async (out) => {
    const text = (await files.fresh(root('etc/os-release'))) ?? (await files.fresh(root('usr/lib/os-release')))
    if (text === undefined) throw new NoDataError('os-release file')
    const values = parseOsRelease(text)
    const get = (field: string) => values.get(field.toUpperCase()) ?? ''
    out
      .gauge(
        'node_os_info',
        "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, " +
          'name, pretty_name, variant, variant_id, version, version_codename, version_id.',
      )
      .add(1, labels(...FIELDS.flatMap((field) => [field, get(field)])))
    const version = Number.parseFloat(/^\d+\.?\d*/.exec(get('version_id'))?.[0] ?? '')
    if (version > 0) {
      out
        .gauge('node_os_version', 'Metric containing the major.minor part of the OS version.')
        .add(version, labels('id', get('id'), 'id_like', get('id_like'), 'name', get('name')))
    }
    const end = Date.parse(get('support_end'))
    if (!Number.isNaN(end)) {
      out
        .gauge('node_os_support_end_timestamp_seconds', 'Metric containing the end-of-life date timestamp of the OS.')
        .add(end / 1000)
    }
  }
}

/** Shell assignments: bare, in single quotes, or in double quotes with backslashes. */
function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*?)\s*$/.exec(line)
    if (!match) continue
    const [, name = '', raw = ''] = match
    const single = /^'([^']*)'$/.exec(raw)?.[1]
    const double = /^"(.*)"$/.exec(raw)?.[1]
    values.set(name, single ?? (double ?? raw).replace(/\\([\\"'$`])/g, '$1'))
  }
  return values
}
