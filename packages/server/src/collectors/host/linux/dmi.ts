import { mapBounded } from '../bounded.ts'
import { type CollectorFactory, NoDataError, READ_WIDTH } from '../collector.ts'
import { labels } from '../metric-text.ts'

const FIELDS = [
  ...['bios_date', 'bios_release', 'bios_vendor', 'bios_version', 'board_asset_tag', 'board_name', 'board_serial'],
  ...['board_vendor', 'board_version', 'chassis_asset_tag', 'chassis_serial', 'chassis_vendor', 'chassis_version'],
  ...['product_family', 'product_name', 'product_serial', 'product_sku', 'product_uuid', 'product_version'],
  'system_vendor',
]

/** Maker, model and firmware of the machine; read once, since they cannot change before the next boot. */
export const createDmi: CollectorFactory = ({ files, sys }) => {
  let info: string | undefined
  return async (out) => {
    if (info === undefined) {
      const values = await mapBounded(FIELDS, READ_WIDTH, (field) =>
        files.attribute(sys(`class/dmi/id/${field === 'system_vendor' ? 'sys_vendor' : field}`)),
      )
      info = labels(...FIELDS.flatMap((field, i) => (values[i] === undefined ? [] : [field, values[i]])))
    }
    if (info === '') throw new NoDataError('DMI information')
    out
      .gauge(
        'node_dmi_info',
        "A metric with a constant '1' value labeled by bios_date, bios_release, bios_vendor, bios_version, " +
          'board_asset_tag, board_name, board_serial, board_vendor, board_version, chassis_asset_tag, ' +
          'chassis_serial, chassis_vendor, chassis_version, product_family, product_name, product_serial, ' +
          'product_sku, product_uuid, product_version, system_vendor if provided by DMI.',
      )
      .add(1, info)
  }
}
