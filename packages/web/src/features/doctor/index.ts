// The page of the doctor: which alerts cannot fire, what is missing, and the nearest name that exists.
// In: the last report of the server. Out: rules by verdict, routing, places and suggestions.
// Promise: a look costs nothing here; the page shows when the last one was.

export { DoctorPage } from './doctor-page.tsx'
