// Who sees the concierge. The names are written out in full: an inlining build replaces them by their values.

export function conciergeFor(visitor) {
  const allowed = (process.env.NEXT_PUBLIC_CONCIERGE_ALLOWED_USERS ?? '').split(',').filter(Boolean)
  if ((process.env.NEXT_PUBLIC_CONCIERGE_ENABLED ?? 'true') === 'false') return false
  if (allowed.includes(visitor)) return true
  return bucket(visitor) < Number(process.env.NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE ?? 100)
}

// The same visitor is always in the same bucket, 0 to 99.
function bucket(visitor) {
  let hash = 7
  for (const char of visitor) hash = (hash * 31 + char.codePointAt(0)) >>> 0
  return hash % 100
}
