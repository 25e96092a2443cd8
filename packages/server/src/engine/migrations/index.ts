// Versions of the tables. In: the numbered steps of a domain (each domain keeps its own beside its SQL).
// Out: the database at the newest step. Promise: forward only, each step at most once unless a crash cut it off,
// and a database that a newer Binnacle has touched is refused, not guessed at.

export { type MigrateDeps, type MigrationStep, migrate } from './migrate.ts'
