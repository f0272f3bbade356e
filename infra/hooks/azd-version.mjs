/**
 * azd's first hook, run by a shell, since an azd that is too old for this project knows no other hooks: says which
 * version is needed. `requiredVersions` of azure.yaml would say it too, but makes some versions of azd panic. Plain
 * JavaScript without dependencies: nothing may be installed yet.
 */
import { spawnSync } from 'node:child_process'

/** The first with hooks in TypeScript. */
const needed = '1.23.15'

const env = { ...process.env, AZD_SKIP_UPDATE_CHECK: 'true' }
const { stdout } = spawnSync('azd', ['version'], { env, encoding: 'utf8' })
const [, found] = /^azd version (\d+\.\d+\.\d+)(?!\S*-dev)/m.exec(stdout ?? '') ?? []
// A development build, and an azd that does not say its version, may go on.
if (found !== undefined && isOlder(found, needed)) {
  console.error(
    `This project needs azd ${needed} or later, for its hooks in TypeScript; this is ${found}. Update it: https://aka.ms/azd-install`,
  )
  process.exitCode = 1
}

function isOlder(one, other) {
  const [ours, theirs] = [one, other].map((version) => version.split('.').map(Number))
  const at = ours.findIndex((part, index) => part !== theirs[index])
  return at >= 0 && ours[at] < theirs[at]
}
