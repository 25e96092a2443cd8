import { fileURLToPath } from 'node:url'
import { PACKS, type Settings } from './schema.ts'

/** Rule files of the packs that are switched on, as paths; all of them unless an alertmanager.yml is given. */
export function packFilesOf({ packs, alertmanager_config }: Settings): readonly string[] {
  const names = packs.enabled ?? (alertmanager_config === undefined ? PACKS : [])
  return names.map((name) => fileURLToPath(new URL(`../../../../../packs/${name}/rules.yml`, import.meta.url)))
}
