import { GoText, type GoType } from '../values/index.ts'

/** `template.HTML`: text that is HTML already. */
export const HTML: GoType = { name: 'template.HTML', kind: 'string' }
/** `template.URL`: text that is a safe URL already. */
export const URL_TEXT: GoType = { name: 'template.URL', kind: 'string' }

export const safeHtml = (text: string): GoText => new GoText(HTML, text)
export const safeUrl = (text: string): GoText => new GoText(URL_TEXT, text)
