// The pages: serves the built web package.
// In: the folder that Vite wrote. Out: hashed assets that browsers keep for ever, index.html with a fresh nonce.
// Promise: only files of that folder, a strict Content-Security-Policy, bounded memory, a clear page when there is no build.

export { createPages, type Pages } from './pages.ts'
export { webBuildFolder } from './web-build.ts'
