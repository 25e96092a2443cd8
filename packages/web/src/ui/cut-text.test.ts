import { expect, test } from 'vitest'
import { cutText } from './cut-text.ts'

test.for([
  ['short', 'short'],
  ['exactly ten', 'exactly te…'],
  ['a sentence of words', 'a sentence…'],
  ['nine char\u{1f525}s', 'nine char…'],
] as const)('%s reads %s', ([text, cut]) => expect(cutText(text, 10)).toBe(cut))
