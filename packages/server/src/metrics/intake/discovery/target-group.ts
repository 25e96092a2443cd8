import { z } from 'zod'

/** Targets that were found together, with labels that all of them share. Label values win over group labels. */
export type TargetGroup = {
  /** Names the group among those of its discoverer; a new group of the same source replaces the old one. */
  readonly source: string
  readonly targets: readonly Readonly<Record<string, string>>[]
  readonly labels: Readonly<Record<string, string>>
}

const text = z.string({ error: 'expected text' }).nullable()

/** One entry of `static_configs` and of discovery files (read in text mode): `{targets: [...], labels: {...}}`. */
export const targetGroupSchema = z
  .strictObject({
    targets: z.array(text, { error: 'expected a list of addresses' }).nullable().optional(),
    labels: z
      .record(z.string().min(1, '"" is not a valid label name'), text, {
        error: (issue) =>
          issue.code === 'invalid_key' ? '"" is not a valid label name' : 'expected labels and their values',
      })
      .nullable()
      .optional(),
  })
  .transform((given): Omit<TargetGroup, 'source'> => {
    const labels: Record<string, string> = {}
    for (const [name, value] of Object.entries(given.labels ?? {})) labels[name] = value ?? ''
    return { targets: (given.targets ?? []).map((address) => ({ __address__: address ?? '' })), labels }
  })
