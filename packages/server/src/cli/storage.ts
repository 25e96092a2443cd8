import type { Command } from 'commander'
import type { StorageReport } from '../http/index.ts'
import { connect, DEFAULT_URL } from './instance.ts'
import { formatBytes, formatCount, formatTable, formatTime } from './table.ts'

type StorageFlags = { url: string; json?: boolean }

export function addStorage(program: Command): void {
  const storage = program
    .command('storage')
    .description('what a running Binnacle keeps, where, and at how many bytes a sample')
    .option('--url <url>', 'address of the running Binnacle', DEFAULT_URL)
    .option('--json', 'print the answer of the API as it is')
    .action(async (flags: StorageFlags) => {
      const { data } = await connect(flags.url).call('/api/v1/admin/storage')
      process.stdout.write(flags.json ? `${JSON.stringify(data)}\n` : `${formatReport(data as StorageReport)}\n`)
    })
  storage
    .command('cut')
    .description('cut all open chunks now, drop what they replace, wait until merged (before backups and benchmarks)')
    .option('--url <url>', 'address of the running Binnacle', DEFAULT_URL)
    .option('--json', 'print the answer of the API as it is')
    .action(async (own: StorageFlags, command: Command) => {
      // `storage --url X cut` works as `storage cut --url X` does.
      const flags =
        command.getOptionValueSource('url') === 'default' ? { ...own, ...command.parent?.opts<StorageFlags>() } : own
      const { data } = await connect(flags.url).call('/api/v1/admin/storage/cut', { method: 'POST' })
      if (flags.json) process.stdout.write(`${JSON.stringify(data)}\n`)
      else {
        const facts = Object.entries(data as Record<string, unknown>).map(([key, value]) => [`  ${key}`, String(value)])
        process.stdout.write(`All chunks are cut and merged.\n${facts.length > 0 ? `${formatTable(facts)}\n` : ''}`)
      }
    })
}

/** The report as people read it. */
export function formatReport(report: StorageReport): string {
  const { head, tables } = report
  const summary = formatTable([
    ['Data folder', report.dataDir],
    ['Samples', formatCount(report.samples)],
    ['Bytes a sample', report.bytesPerSample === null ? '-' : report.bytesPerSample.toFixed(2)],
    ['In memory', `${formatCount(head.series)} series, ${formatCount(head.samples)} samples`],
    ['Memory', `${formatBytes(head.bytes)} of ${formatBytes(head.budgetBytes)}`],
  ])
  const rows = tables.map((table) => [
    table.name,
    formatCount(table.rows),
    formatBytes(table.bytes),
    formatTime(table.oldest),
    formatTime(table.newest),
  ])
  return `${summary}\n\n${formatTable([['TABLE', 'ROWS', 'ON DISK', 'OLDEST (UTC)', 'NEWEST (UTC)'], ...rows], [1, 2])}`
}
