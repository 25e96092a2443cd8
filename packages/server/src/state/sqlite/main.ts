import { parentPort, workerData } from 'node:worker_threads'
import { openDatabase, type SqliteDatabase, toFailure } from './database.ts'
import type { Reply, Request, ThreadSetup } from './messages.ts'

// The thread that waits for the disk: one request after the other, in their order.
const port = parentPort!
const { file } = workerData as ThreadSetup
let database: SqliteDatabase | undefined

port.on('message', (request: Request) => {
  port.postMessage(answer(request))
  if (request.type === 'close') port.close()
})

function answer(request: Request): Reply {
  const { id } = request
  try {
    switch (request.type) {
      case 'open':
        database ??= openDatabase(file)
        return { id, type: 'done' }
      case 'read':
        return { id, type: 'rows', rows: opened().read(request.sql, request.values) }
      case 'commit':
        return { id, type: 'committed', results: opened().commit(request.units) }
      case 'close':
        database?.close()
        database = undefined
        return { id, type: 'done' }
    }
  } catch (error) {
    return { id, type: 'failed', failure: toFailure(error) }
  }
}

function opened(): SqliteDatabase {
  if (database === undefined) throw new Error('the state file is not open')
  return database
}
