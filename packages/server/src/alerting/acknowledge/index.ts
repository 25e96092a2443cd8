// Acknowledgement: somebody has seen an alert and cares for it.
// In: who, and a comment. Out: what is shown with the alert; escalation stops on it.
// Promise: durable when it is answered; it ends when its alert does.

export { type Acknowledgement, type Acknowledgements, createAcknowledgements } from './acknowledgements.ts'
