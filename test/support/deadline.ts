/**
 * Loaded before each test file, by package.json. The runner waits for ever for a file that keeps a server open, as one
 * does whose set-up failed half-way: ten minutes are enough for any. Keeps nothing alive itself.
 */
const minutes = 10

// Only in the files' own processes: all of them together may take longer.
if (process.env.NODE_TEST_CONTEXT) {
  const giveUp = () => {
    console.error(`${process.argv[1]} still runs after ${minutes} minutes.`)
    process.exit(1)
  }
  setTimeout(giveUp, minutes * 60_000).unref()
}
