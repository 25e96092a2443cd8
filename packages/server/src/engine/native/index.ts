// ClickHouse's `Native` format: blocks of columns to bytes and back.
// In: `Block`, or bytes in pieces cut anywhere. Out: bytes, or blocks whose typed arrays are views of the pieces where
// alignment allows. Promise: every bit survives (NaN payloads, -0), a broken or unknown answer is an error that says
// what it met, and its memory is bounded by the bytes that came.

export { type BlockDecoder, createBlockDecoder, decodeBlocks } from './decode.ts'
export { encodeBlock, typeNameOf } from './encode.ts'
