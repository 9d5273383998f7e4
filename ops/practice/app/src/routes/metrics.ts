import { json, text } from '../lib/http.js'
import { points, prometheus, summary } from '../lib/metrics.js'

export function metrics(req, res, url) {
  switch (url.searchParams.get('format') ?? 'json') {
    case 'summary':
      return json(res, 200, { summary: summary() })
    case 'prometheus':
      return text(res, 200, prometheus(), 'text/plain; version=0.0.4; charset=utf-8')
    default:
      return json(res, 200, points())
  }
}
