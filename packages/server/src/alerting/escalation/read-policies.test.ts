import { expect, test } from 'vitest'
import { type EscalationInput, readPolicies } from './index.ts'

const level = (after: number, notify: string[] = ['team'], matchers: string[] = []) => ({ after, notify, matchers })
const policy = (over: object = {}): EscalationInput['policies'][number] => ({
  name: 'page',
  matchers: [],
  group_by: ['alertname'],
  levels: [level(0)],
  ...over,
})
const read = (input: Partial<EscalationInput>) =>
  readPolicies({ people: {}, policies: [], ...input }, { receivers: ['team', 'lead'] })

test.for([
  [
    'an unknown receiver',
    { policies: [policy({ levels: [level(0, ['taem'])] })] },
    'escalation.policies[0].levels[0].notify: there is no receiver and no person "taem"',
  ],
  ['a person without receivers', { people: { ann: [] } }, 'escalation.people.ann: a person needs a receiver'],
  ['a person with an unknown one', { people: { ann: ['x'] } }, 'there is no receiver "x" in alertmanager.yml'],
  [
    'a bad matcher',
    { policies: [policy({ matchers: ['severity='] }), policy({ name: 'b', matchers: ['severity'] })] },
    'escalation.policies[1].matchers[0]',
  ],
  [
    'levels out of order',
    { policies: [policy({ levels: [level(60_000), level(60_000)] })] },
    'escalation.policies[0].levels[1].after: 1m is not later than the level before',
  ],
  ['two policies of one name', { policies: [policy(), policy()] }, 'there are two policies "page"'],
] as const)('%s is refused with its path', ([, input, message]) => {
  const { errors } = read(input as Partial<EscalationInput>)
  expect(errors.map((error) => error.message).join('\n')).toContain(message)
})

test('a near name is offered', () => {
  const [error] = read({ policies: [policy({ levels: [level(0, ['taem'])] })] }).errors
  expect(error?.hint).toBe('did you mean "team"?')
})

test('people become their receivers', () => {
  const { policies, errors } = read({
    people: { ann: ['team', 'lead'] },
    policies: [policy({ levels: [level(0, ['ann', 'lead'])] })],
  })
  expect(errors).toEqual([])
  expect(policies[0]?.levels[0]?.receivers).toEqual(['team', 'lead'])
})
