import type { ReceiverKind } from './receiver-kind.ts'

/** All kinds that Binnacle knows, in Alertmanager's order, which is the order of a receiver's integrations. */
export const receiverKinds: readonly ReceiverKind[] = []
