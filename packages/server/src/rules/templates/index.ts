// Texts of rules as Go templates (packages/gotemplate). In: the text of a label or annotation. Out: the text for one alert.
// Promise: what Prometheus prints is printed, its errors included; a text is only made anew when its outcome may differ.

export { createGoTemplates, type GoTemplatesDeps, type GoTemplatesOptions } from './go-templates.ts'
