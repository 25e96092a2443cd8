// A thread for large answers: reading them beside the page keeps its keys and pointer alive.
import { type ReducedMatrix, type ReduceOptions, reduceMatrix } from './reduce-matrix.ts'

export type MatrixJob = { readonly id: number; readonly bytes: ArrayBuffer; readonly options: ReduceOptions }
export type MatrixDone = { readonly id: number } & ({ readonly reduced: ReducedMatrix } | { readonly message: string })

// This module runs in a worker, of whose global scope the page's types know nothing.
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<MatrixJob>) => void) | null
  postMessage(message: MatrixDone): void
}

scope.onmessage = ({ data: { id, bytes, options } }) => {
  try {
    scope.postMessage({ id, reduced: reduceMatrix(new Uint8Array(bytes), options) })
  } catch (error) {
    scope.postMessage({ id, message: error instanceof Error ? error.message : String(error) })
  }
}
