// Remote write 1.0 and 2.0: samples, numbers and native histograms, that a Prometheus, an agent or a test pushes.
// In: request bodies (protobuf in a snappy block). Out: samples, exemplars and metadata in the store, and counts.
// Promise: resolved means that the engine has it; a malformed request leaves nothing behind; hostile bytes cost no more
// than the limits allow; no object is made per sample of numbers.

export {
  createRemoteWriteReceiver,
  type RemoteWriteDeps,
  type RemoteWriteLimits,
  type RemoteWriteReceiver,
  type RemoteWriteResult,
  type RemoteWriteStored,
} from './receiver.ts'
export { decodeSnappy, snappyLength } from './snappy.ts'
export { WIRE_LENGTH, WIRE_VARINT, WireReader } from './wire.ts'
