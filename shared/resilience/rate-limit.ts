/** A token bucket for each key: bursts up to a minute's worth, then as many as drip in. Bounded in memory. */
import { TokenBucket } from 'limiter'
import { LRUCache } from 'lru-cache'
import { upTo } from './lru.ts'

/** Takes a token of the key's bucket: 0, or in how many seconds there will be one. */
export type RateLimit = (key: string) => number

/** Buckets. One that has not been used for so long that it falls out is full, or nearly. */
const capacity = 65_536

export function rateLimit({ perMinute }: { perMinute: number }): RateLimit {
  const buckets = new LRUCache<string, TokenBucket>(upTo(capacity))
  const fullBucket = (key: string) => {
    const rate = {
      bucketSize: perMinute,
      tokensPerInterval: perMinute,
      interval: 'minute',
    } as const
    // The library's buckets start empty.
    const bucket = Object.assign(new TokenBucket(rate), { content: perMinute })
    buckets.set(key, bucket)
    return bucket
  }
  return (key) => {
    const bucket = buckets.get(key) ?? fullBucket(key)
    return bucket.tryRemoveTokens(1) ? 0 : Math.ceil(bucket.getWaitTime(1) / 1000)
  }
}
