import type { CollectorFactory } from '../collector.ts'
import { labels } from '../metric-text.ts'
import { toNumber } from '../parse.ts'

/** Memory errors that ECC corrected or could not, per controller, row and channel. */
export const createEdac: CollectorFactory = ({ files, sys }) => {
  return async (out) => {
    const base = sys('devices/system/edac/mc')
    const read = async (file: string) => toNumber(await files.attribute(file), file)
    const ce = out.counter('node_edac_correctable_errors_total', 'Total correctable memory errors.')
    const ue = out.counter('node_edac_uncorrectable_errors_total', 'Total uncorrectable memory errors.')
    const rowCe = out.counter(
      'node_edac_csrow_correctable_errors_total',
      'Total correctable memory errors for this csrow.',
    )
    const rowUe = out.counter(
      'node_edac_csrow_uncorrectable_errors_total',
      'Total uncorrectable memory errors for this csrow.',
    )
    const channelCe = out.counter(
      'node_edac_channel_correctable_errors_total',
      'Total correctable memory errors for this channel.',
    )
    const channelUe = out.counter(
      'node_edac_channel_uncorrectable_errors_total',
      'Total uncorrectable memory errors for this channel.',
    )
    for (const mc of ((await files.list(base)) ?? []).filter((name) => /^mc\d+$/.test(name))) {
      const controller = mc.slice(2)
      const dir = `${base}/${mc}`
      ce.add(await read(`${dir}/ce_count`), labels('controller', controller))
      rowCe.add(await read(`${dir}/ce_noinfo_count`), labels('controller', controller, 'csrow', 'unknown'))
      ue.add(await read(`${dir}/ue_count`), labels('controller', controller))
      rowUe.add(await read(`${dir}/ue_noinfo_count`), labels('controller', controller, 'csrow', 'unknown'))
      for (const row of ((await files.list(dir)) ?? []).filter((name) => /^csrow\d+$/.test(name))) {
        const csrow = row.slice(5)
        const rowLabel = labels('controller', controller, 'csrow', csrow)
        rowCe.add(await read(`${dir}/${row}/ce_count`), rowLabel)
        rowUe.add(await read(`${dir}/${row}/ue_count`), rowLabel)
        for (const file of (await files.list(`${dir}/${row}`)) ?? []) {
          const channel = /^ch(\d+)_ce_count$/.exec(file)?.[1]
          if (channel === undefined) continue
          const dimm = ((await files.attribute(`${dir}/${row}/ch${channel}_dimm_label`)) ?? 'unknown')
            .replaceAll('#', '')
            .replaceAll('csrow', '_csrow')
            .replaceAll('channel', '_channel')
          const label = labels('channel', channel, 'controller', controller, 'csrow', csrow, 'dimm_label', dimm)
          channelCe.add(await read(`${dir}/${row}/${file}`), label)
          const uncorrectable = await files.attribute(`${dir}/${row}/ch${channel}_ue_count`)
          if (uncorrectable !== undefined) channelUe.add(toNumber(uncorrectable, 'ue_count'), label)
        }
      }
    }
  }
}
