// Package practice owns the practice host: a small production host on loopback, with the real pm2,
// mongod and nginx, in one folder, and the faults that it can be given. It fetches what such a host
// needs into a cache, lays the host out, starts it, breaks it, heals it and takes it away without a
// trace.
//
// Everything it starts listens on 127.0.0.1 and is ended by process id; it never touches a pm2,
// mongod or nginx of the machine's own. It decides nothing about incidents, and nothing on the host
// knows that it is practice: a fault is made of the same data, environment, load and releases that
// would make it in production, and only a real remedy cures it.
package practice

import "embed"

// files holds the shop that runs on the host (app), what faulty releases of it change (releases),
// what is outside the host: visitors, dashboards, the language model's API, and the seed of its
// database (world), and the locked list of what comes from npm (tools).
//
//go:embed app releases world tools
var files embed.FS
