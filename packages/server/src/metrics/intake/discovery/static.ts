import type { Discoverer } from './discoverer.ts'
import type { TargetGroup } from './target-group.ts'

/** Targets that stand in the configuration itself: emitted once. */
export function createStaticDiscoverer(groups: readonly Omit<TargetGroup, 'source'>[]): Discoverer {
  return {
    start: (_signal, emit) => emit(groups.map((group, i) => ({ ...group, source: String(i) }))),
    stop: () => {},
    problems: () => [],
  }
}
