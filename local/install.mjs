/**
 * Runs before every npm script: installs the packages when node_modules differs from package-lock.json, with the npm
 * that runs this script. Plain JavaScript without dependencies, for Node 18 or later: in a fresh clone nothing is
 * installed yet, and the repository's Node is one of the packages. Fast when there is nothing to do.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const lock = '.local/install.lock'
const longestInstall = 15 * 60_000

if (!isInstalled()) process.exitCode = await alone(() => (isInstalled() ? 0 : install()))

/** npm writes its lockfile copy last, so that an interrupted install is recognized. */
function isInstalled() {
  const [wanted, present] = ['package-lock.json', 'node_modules/.package-lock.json'].map(packages)
  if (!wanted || !present || missesNode()) return false
  const root = wanted['']
  const manifest = readJson('package.json')
  const declared = ['dependencies', 'devDependencies', 'optionalDependencies'].every((kind) =>
    isSame(manifest[kind], root[kind]),
  )
  return (
    declared &&
    Object.entries(wanted).every(([path, entry]) => {
      if (path === '') return true
      const found = present[path]
      if (!found) return isForOthers(entry)
      return found.version === entry.version && found.integrity === entry.integrity
    })
  )
}

/** npm omits optional packages for other platforms, and some for other reasons. */
function isForOthers({ optional, os, cpu, libc }) {
  const isForUs = os?.includes(process.platform) && cpu?.includes(process.arch) && !libc
  return optional && !isForUs
}

/** The other scripts need Node 24.2: either this one, or the repository's. */
function missesNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  return (major < 24 || (major === 24 && minor < 2)) && !existsSync('node_modules/node/bin/node')
}

function install() {
  console.log('Installing the packages of package-lock.json …')
  const { npm_execpath: npm = '' } = process.env
  const [command, first] = npm.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []]
  const options = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const { status, error } = spawnSync(command, [...first, ...options], { stdio: 'inherit' })
  if (status !== 0) {
    console.error(
      `The packages could not be installed (npm ci: ${error?.message ?? status}). What npm printed above says why; it needs its registry (npm config get registry).`,
    )
    return status || 1
  }
  if (missesNode()) {
    console.error(
      `Node ${process.versions.node} is too old, and npm did not run the install script of the package "node", which has a newer one. Allow it (ignore-scripts=false), or use Node 24.`,
    )
    return 1
  }
  return 0
}

/** Concurrent installs would corrupt node_modules: the second waits, then checks again. */
async function alone(work) {
  const deadline = Date.now() + longestInstall
  while (!take()) {
    if (Date.now() > deadline) {
      console.error(`Another install seems to hang. If none is running, remove ${lock}.`)
      return 1
    }
    await delay(200)
  }
  try {
    return work()
  } finally {
    rmSync(lock, { force: true })
  }
}

function take() {
  mkdirSync('.local', { recursive: true })
  const mine = `${lock}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    // A link creates the lock atomically, with its holder's process id.
    linkSync(mine, lock)
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAbandoned()) rmSync(lock, { force: true })
    return false
  } finally {
    rmSync(mine)
  }
}

function isAbandoned() {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function packages(path) {
  return existsSync(path) ? readJson(path).packages : undefined
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function isSame(some = {}, other = {}) {
  const sorted = (of) => JSON.stringify(Object.entries(of).sort())
  return sorted(some) === sorted(other)
}
