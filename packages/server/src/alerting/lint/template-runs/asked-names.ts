import { type FieldReference, type References, TemplateError } from '@binnacle/gotemplate'

/** A label or annotation that a template asks for. */
export type AskedName = FieldReference & {
  readonly map: 'Labels' | 'CommonLabels' | 'GroupLabels' | 'Annotations' | 'CommonAnnotations'
  readonly name: string
}

const MAPS: ReadonlySet<string> = new Set(['Labels', 'CommonLabels', 'GroupLabels', 'Annotations', 'CommonAnnotations'])
/** Methods of the maps, which look like names in them. */
const METHODS: ReadonlySet<string> = new Set(['SortedPairs', 'Names', 'Values', 'Remove', 'String'])

export const isAnnotation = ({ map }: Pick<AskedName, 'map'>): boolean => map.endsWith('Annotations')

/** Those of the references that are labels or annotations by name. */
export function askedNames(references: readonly FieldReference[]): readonly AskedName[] {
  return references.flatMap((reference) => {
    const at = reference.names.findIndex((name) => MAPS.has(name))
    const name = reference.names[at + 1]
    if (at < 0 || name === undefined || METHODS.has(name)) return []
    return [{ ...reference, map: reference.names[at] as AskedName['map'], name }]
  })
}

/** What a text and the definitions that it comes to ask for; nothing for one that does not parse. */
export function askedIn(template: string, references: References): readonly AskedName[] {
  try {
    return askedNames(references.of(template))
  } catch (error) {
    if (error instanceof TemplateError) return []
    throw error
  }
}
