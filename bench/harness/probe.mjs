/**
 * Loaded before every subject (`--import`): reports CPU and memory over IPC on request. Plain JavaScript, so that a
 * bundled subject does not load Node's TypeScript support.
 */

process.on('message', (question) => {
  const { user, system } = process.cpuUsage()
  const memoryBytes = question === 'memory' ? heldMemory() : 0
  process.send({ cpuMicroseconds: user + system, memoryBytes })
})
process.on('disconnect', () => process.exit())

/** Collects twice: memory that finalizers release is free only after the second collection. */
function heldMemory() {
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
