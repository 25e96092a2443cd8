// Matchers of routes, inhibitions, silences and filters.
// In: text in the classic or in the UTF-8 form. Out: conditions on label sets, and their canonical text.
// Promise: the same text is taken and refused as by Alertmanager.

export type { Matcher } from './matcher.ts'
