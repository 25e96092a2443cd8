/**
 * The CSP nonce of this page, which the server wrote into its head. Whatever adds a `<style>` at run time carries it:
 * Mantine, the editor, and the scroll lock under dialogs, which finds it in a global that webpack made a convention.
 */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

;(globalThis as { __webpack_nonce__?: string }).__webpack_nonce__ = nonce
