/** How many entries an LRUCache may hold, where `max` would make room for all of them as soon as the app starts. */

export const upTo = (entries: number) => ({ maxSize: entries, sizeCalculation: () => 1 })
