import { z } from 'zod'
import { checkHttpClient, type HttpClientInput, httpClientShape, type Report } from '../../config/go-yaml/index.ts'
import type { YamlPath } from '../../config/index.ts'

/** `http_config` of a receiver or of `global`. Source: Alertmanager's documentation, "Configuration", `<http_config>`. */
export const httpConfigSchema = z.strictObject(httpClientShape).nullable().optional()

/** As it stands in the file. Where a receiver has none, the global one counts as a whole: they are not mixed. */
export type HttpConfig = HttpClientInput

/** Reports settings that exclude one another; `path` is where the section stands in the receiver. */
export function checkHttpConfig(
  given: HttpConfig | null | undefined,
  report: Report,
  path: YamlPath = ['http_config'],
): void {
  if (given) checkHttpClient(given, (message, inner) => report(message, [...path, ...inner]))
}
