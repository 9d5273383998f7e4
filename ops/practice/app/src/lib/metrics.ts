// Readings of the support API, in this process's memory: a restart zeroes them.

const TRIM_ABOVE = 1000
const RETENTION_MS = 1000 * Number(process.env.METRICS_RETENTION_SECONDS ?? 3600)

let readings = []

export function record(endpoint, latencyMs, failed) {
  readings.push({ endpoint, latencyMs, failed, at: Date.now() })
  if (readings.length > TRIM_ABOVE) {
    const oldest = Date.now() - RETENTION_MS
    readings = readings.filter((r) => r.at >= oldest)
  }
}

export function summary() {
  const byEndpoint = Map.groupBy ? Map.groupBy(readings, (r) => r.endpoint) : grouped()
  const result = {}
  for (const [endpoint, list] of byEndpoint) {
    const latencies = list.map((r) => r.latencyMs).sort((a, b) => a - b)
    const errors = list.filter((r) => r.failed).length
    result[endpoint] = {
      latency: {
        count: list.length,
        p50: nearestRank(latencies, 50),
        p95: nearestRank(latencies, 95),
        p99: nearestRank(latencies, 99),
        avg: round(latencies.reduce((sum, v) => sum + v, 0) / list.length),
      },
      errors: { count: errors, rate: errors / list.length },
    }
  }
  return result
}

const COLUMNS = [
  ['concierge_api_latency_p50', (s) => s.latency.p50],
  ['concierge_api_latency_p95', (s) => s.latency.p95],
  ['concierge_api_latency_p99', (s) => s.latency.p99],
  ['concierge_api_errors_total', (s) => s.errors.count],
  ['concierge_api_error_rate', (s) => s.errors.rate],
]

export function points() {
  const timestamp = Date.now()
  return Object.entries(summary()).flatMap(([endpoint, s]) =>
    COLUMNS.map(([name, value]) => ({ name, value: value(s), timestamp, labels: { endpoint } })),
  )
}

export function prometheus() {
  const all = Object.entries(summary())
  const lines = []
  for (const [name, value] of COLUMNS) {
    if (all.length === 0) continue
    lines.push(`# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`)
    for (const [endpoint, s] of all) lines.push(`${name}{endpoint="${endpoint}"} ${value(s)}`)
  }
  return lines.join('\n') + '\n'
}

function grouped() {
  const groups = new Map()
  for (const r of readings) groups.set(r.endpoint, [...(groups.get(r.endpoint) ?? []), r])
  return groups
}

const nearestRank = (sorted, p) => sorted[Math.max(0, Math.ceil((p / 100) * sorted.length) - 1)] ?? 0

const round = (ms) => Math.round(ms * 10) / 10
