// Sections of YAML files that programs written in Go read: their scalars, and the settings of an HTTP client, which
// Prometheus and Alertmanager share. In: values of a document in text mode. Out: typed values, or findings by zod and by
// `checkHttpClient` in their words. Promise: what they take is taken.

export {
  anything,
  byteSize,
  count,
  duration,
  factor,
  flag,
  oneOf,
  plainMap,
  secret,
  text,
  textList,
  textMap,
} from './fields.ts'
export {
  checkHttpClient,
  type HttpClientConfig,
  type HttpClientInput,
  httpClientShape,
  type Report,
  resolveIn,
  type TlsConfig,
  type TlsInput,
  type TlsVersion,
  tlsSchema,
  toHttpClient,
} from './http-client.ts'
