/** A token bucket for each key: bursts up to one minute's quota, then the refill rate. Bounded in memory. */
import { TokenBucket } from 'limiter'
import { LRUCache } from 'lru-cache'
import { upTo } from './lru.ts'

/** Takes a token from the key's bucket. Returns 0, or the seconds until there is one. */
export type RateLimit = (key: string) => number

/** Number of buckets. A bucket unused for so long that it is evicted is full, or nearly. */
const capacity = 65_536

/** `perMinute`: tokens that each key gets. */
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
