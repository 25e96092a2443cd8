// Go text/template whole, with the functions and data of Prometheus and Alertmanager. Pure: no I/O, no Node APIs.
// In: named texts, a set of functions, plain data or values. Out: text, or a promise of it where a function has to wait.
// Texts, error messages and the looks of printed values are Go's; each execution is limited in steps, output and depth.
// Rules use `createRuleTemplates`; notifications parse `[...alertmanagerDefaults, ...files]` with `alertmanagerFunctions`
// once as text and once with `html: true`, and compile each receiver's fields by `set.compileText('', text)`.

export {
  type AlertmanagerHost,
  type AlertmanagerPlain,
  type AlertPlain,
  alertmanagerData,
  alertmanagerDataInSlices,
  alertmanagerDefaults,
  alertmanagerFunctions,
} from './alertmanager/index.ts'
export {
  compileText,
  type ExecuteOptions,
  type FunctionSet,
  type Limits,
  type MissingKey,
  type Pause,
  parseTemplates,
  type Template,
  type TemplateFunction,
  type TemplateOptions,
  type TemplateSet,
} from './execute/index.ts'
export {
  createRuleTemplates,
  expansionFailure,
  histogramValue,
  type LabelPairs,
  type PrometheusHost,
  prometheusFunctions,
  type QuerySample,
  type RuleTemplate,
  type RuleTemplates,
  type RuleTemplatesOptions,
} from './prometheus/index.ts'
export { createReferences, type FieldReference, type References } from './references.ts'
export { FunctionError, TemplateError, type TemplateErrorKind, type TemplatePlace } from './template-error.ts'
export { makeDuration, timeOfMs, zoneNamed } from './time/index.ts'
export {
  type GoType,
  list,
  map,
  type PlainValue,
  stringList,
  stringMap,
  toValue,
  type Value,
  type Zone,
} from './values/index.ts'
