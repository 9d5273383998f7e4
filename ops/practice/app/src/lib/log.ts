// Metric lines and events go to stdout, failures to stderr; one line each.

export function metric(entry) {
  console.log(JSON.stringify({ type: 'metric', timestamp: new Date().toISOString(), ...entry }))
}

export function info(message, fields = {}) {
  console.log(JSON.stringify({ level: 'info', timestamp: new Date().toISOString(), message, ...fields }))
}

export function failure(endpoint, requestId, error) {
  console.error(`${new Date().toISOString()} ERROR ${endpoint} [${requestId}] ${describe(error)}`)
}

export function describe(error) {
  const words = `${error.name}: ${error.message}`.replace(/\s+/g, ' ')
  // The driver's own words come after ours: people search the log for either.
  return error.name === 'MongoWaitQueueTimeoutError' ? `Connection timeout: ${words}` : words
}
