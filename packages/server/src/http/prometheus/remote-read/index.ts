// The messages of Prometheus's remote read. In: a request's body; batches of series. Out: what is asked; the bytes of an
// answer, as one message of samples packed with snappy, or as frames of XOR chunks that are written as they are read.
// Promise: every bit of a sample survives; hostile bytes are refused; long answers are made piece by piece.

export { chunkFrames, labelFrames } from './chunk-frames.ts'
export { packSnappy } from './pack-snappy.ts'
export { decodeReadRequest, type ReadQuery, type ReadRequest, type ResponseType } from './read-request.ts'
export { ReadResponse } from './read-response.ts'
