// Silences: what is kept quiet, by whom, why and how long; and the form that shows what a new one would do before it is made.
// In: the page API of silences. Out: the pages. Promise: nothing is muted that was not shown before.

export { SilenceFormPage } from './silence-form-page.tsx'
export { SilencesPage } from './silences-page.tsx'
