// Label matchers as tests. In: matchers of a selector. Out: a function over one value or over a whole label set.
// Promise: RE2 semantics in linear time, anchored at both ends; patterns that are but literals, prefixes or suffixes
// run without a regex. An invalid regex throws when it is compiled, never when it is used.

export { compileMatcher, compileMatchers, literalAlternatives, regexProblem } from './matchers.ts'
