// Files that import each other in a circle. Where two need the same type, it lies in a third one below both.

/**
 * Circles of a graph, each as the places in it, once; the order is that of the search. Source: Tarjan's strongly connected components.
 * @param {Map<string, Iterable<string>>} imports whom each place imports; others than its keys are passed over
 * @returns {string[][]}
 */
export function findCircles(imports) {
  const numbers = new Map()
  const lowest = new Map()
  const open = []
  const isOpen = new Set()
  const circles = []
  const visit = (place) => {
    numbers.set(place, numbers.size)
    lowest.set(place, numbers.get(place))
    open.push(place)
    isOpen.add(place)
    for (const target of imports.get(place)) {
      if (!imports.has(target)) continue
      if (!numbers.has(target)) {
        visit(target)
        lowest.set(place, Math.min(lowest.get(place), lowest.get(target)))
      } else if (isOpen.has(target)) lowest.set(place, Math.min(lowest.get(place), numbers.get(target)))
    }
    if (lowest.get(place) !== numbers.get(place)) return
    const circle = open.splice(open.indexOf(place))
    for (const one of circle) isOpen.delete(one)
    if (circle.length > 1 || [...imports.get(place)].includes(place)) circles.push(circle)
  }
  for (const place of imports.keys()) if (!numbers.has(place)) visit(place)
  return circles
}
