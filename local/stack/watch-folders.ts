/**
 * Watches folders with all that is below them. Node's own recursive watch loses a file on Linux as soon as an editor has
 * replaced it, which is how many editors save; here each folder is watched by itself.
 */
import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'

/** @param options.onChange gets the path of a changed file, from `root` */
export function watchFolders(options: {
  root: string
  folders: readonly string[]
  isSource: RegExp
  onChange: (file: string) => void
}): { close(): void } {
  const { root, folders, isSource, onChange } = options
  const watchers = new Map<string, FSWatcher>()
  const end = (folder: string) => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }
  const add = (folder: string) => {
    // A folder of the same name may have taken its place.
    end(folder)
    const path = join(root, folder)
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    const watcher = watch(path, (_event, name) => {
      if (!name) return
      const changed = join(folder, name)
      if (isSource.test(name)) onChange(changed)
      else add(changed)
    })
    // Windows, when the folder is deleted.
    watcher.on('error', () => end(folder))
    watchers.set(folder, watcher)
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) add(join(folder, entry.name))
    }
  }
  for (const folder of folders) add(folder)
  return {
    close() {
      for (const watcher of watchers.values()) watcher.close()
    },
  }
}
