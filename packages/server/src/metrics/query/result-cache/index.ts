// Answers of range queries, kept as the bytes that were sent. In: a range query and how to evaluate one. Out: its answer,
// of which only the steps were evaluated that no kept answer has, or whose samples have changed since.
// Promise: an answer is, to the byte, the one that evaluating all of it would have given; its memory is bounded.

export { createResultCache, type ResultCache, type ResultCacheOptions } from './result-cache.ts'
