// For tests of the HTTP floor: parts that live in memory, and a real server on a free port in front of them.
// In: the parts that a test cares for. Out: the address, the calls that were made, a Registry; answers to requests as
// they stand.

export { type FakeAlert, type FakeAlertingOptions, fakeAlerting } from './fake-alerting.ts'
export { type FakeCall, fakeParts, startHttp } from './fake-parts.ts'
export { type RawAnswer, rawRequest } from './raw-request.ts'
