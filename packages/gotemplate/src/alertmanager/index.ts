// Alertmanager's side: functions, data with its methods, default definitions. In: plain data of a notification. Out: a
// value for `execute`, files for `parseTemplates`. Promise: names, texts and errors as in Alertmanager; the HTML of
// e-mails is of our own design with the same content.

export { type AlertmanagerPlain, type AlertPlain, alertmanagerData, alertmanagerDataInSlices } from './data.ts'
export { alertmanagerDefaults } from './defaults.ts'
export { type AlertmanagerHost, alertmanagerFunctions } from './functions.ts'
