import { receiverKind } from '../receiver-kind.ts'
import { checkDiscord, discordSchema } from './config.ts'
import { createDiscord } from './discord.ts'

export const discordKind = receiverKind({
  section: 'discord_configs',
  kind: 'discord',
  schema: discordSchema,
  check: checkDiscord,
  create: createDiscord,
})
