/**
 * azd's first hook: checks azd's version. Runs in a shell, since older versions of azd support no other hooks;
 * `requiredVersions` in azure.yaml makes some of them panic. Plain JavaScript without dependencies, since nothing may be
 * installed yet.
 */
import { spawnSync } from 'node:child_process'

/** The first version with hooks in TypeScript. */
const needed = '1.23.15'

const env = { ...process.env, AZD_SKIP_UPDATE_CHECK: 'true' }
const { stdout } = spawnSync('azd', ['version'], { env, encoding: 'utf8' })
const [, found] = /^azd version (\d+\.\d+\.\d+)(?!\S*-dev)/m.exec(stdout ?? '') ?? []
// Development builds and unknown versions may continue.
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
