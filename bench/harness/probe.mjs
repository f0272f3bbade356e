/**
 * Loaded before every subject (`--import`): tells over IPC what the process has used so far, and does nothing until it
 * is asked. Plain JavaScript, so that a bundled subject does not pay for Node's TypeScript.
 */

process.on('message', (question) => {
  const { user, system } = process.cpuUsage()
  const memoryBytes = question === 'memory' ? heldMemory() : 0
  process.send({ cpuMicroseconds: user + system, memoryBytes })
})
process.on('disconnect', () => process.exit())

/** Twice, since what finalizers let go of is free only after the next. */
function heldMemory() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
