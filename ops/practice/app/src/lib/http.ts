// The few things that every route needs of node:http.

const MAX_BODY = 64 * 1024

export function json(res, status, body) {
  res.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  res.end(JSON.stringify(body) + '\n')
}

export function text(res, status, body, type = 'text/plain; charset=utf-8') {
  res.writeHead(status, { 'content-type': type })
  res.end(body)
}

// An error that the caller is told about, as opposed to one that is only logged.
export class Refusal extends Error {
  constructor(status, message) {
    super(message)
    this.name = 'Refusal'
    this.status = status
  }
}

export async function readJSON(req) {
  let body = ''
  for await (const chunk of req) {
    body += chunk
    if (body.length > MAX_BODY) throw new Refusal(413, 'Body too large')
  }
  try {
    return JSON.parse(body || '{}')
  } catch {
    throw new Refusal(400, 'Body is not JSON')
  }
}

export function visitorOf(req) {
  const cookie = /(?:^|;\s*)aurora_visitor=([\w-]+)/.exec(req.headers.cookie ?? '')
  return cookie ? cookie[1] : (req.headers['x-real-ip'] ?? 'unknown')
}
