// For tests: what a reader sends, and what it makes of the answers, written apart from the code that is tested.
export { type DecodedHistogram, type DecodedSeries, decodeFrames, decodeSamples } from './decode-answers.ts'
export { type AskedQuery, encodeReadRequest } from './encode-request.ts'
