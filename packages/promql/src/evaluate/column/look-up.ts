/** What the map has under the key; where it has nothing, what `create` makes, which it has from then on. */
export function lookUp<K, V>(map: Map<K, V>, key: K, create: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = create()
  map.set(key, made)
  return made
}
