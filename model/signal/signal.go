// Package signal holds measurements: what they are called, their unit and limits, one reading of
// them, and their recent history. It measures nothing itself and has no clock.
package signal

import "time"

// Name identifies a signal in rules, JSON, the journal and --set.
type Name string

// The signals calm knows by itself. Log signatures are Logged(text) beside these, and readings of
// one route are Route(name, route).
const (
	ErrorRatio   Name = "error_ratio"   // ratio of failed requests to all, 0–1
	LatencyP95   Name = "latency_p95"   // seconds
	LatencyP50   Name = "latency_p50"   // seconds
	LatencyP99   Name = "latency_p99"   // seconds
	Traffic      Name = "traffic"       // requests a second
	Health       Name = "health"        // state: ok, error
	DBHealth     Name = "db_health"     // state: ok, error
	DBPool       Name = "db_pool"       // connections of the app in use, of its maximum
	DBPing       Name = "db_ping"       // seconds
	AppStatus    Name = "app_status"    // state: online, stopped, errored …
	AppRestarts  Name = "app_restarts"  // counter, as pm2 keeps it
	AppMemory    Name = "app_memory"    // bytes
	AppCPU       Name = "app_cpu"       // ratio of one core
	AppUptime    Name = "app_uptime"    // seconds
	Nginx        Name = "nginx"         // state: up, down
	RateLimited  Name = "rate_limited"  // answers 429 from the upstream API, a minute
	Widget       Name = "widget"        // state: yes, no
	HostCPU      Name = "host_cpu"      // ratio of all cores
	HostMemory   Name = "host_memory"   // ratio in use
	DiskRoot     Name = "disk_root"     // ratio in use
	FailedRoutes Name = "failed_routes" // routes that mostly fail, of all with traffic
)

// Route is the name of a signal narrowed to one route: Route(ErrorRatio, "/api/x").
func Route(n Name, route string) Name { return n + "@" + Name(route) }

// Logged is the name of the signal that counts a log signature: lines in the last five minutes.
func Logged(signature string) Name { return "log:" + Name(signature) }

// DocumentsOf is the base of the names that Documents gives.
const DocumentsOf Name = "documents"

// Documents is the name of the signal that counts a collection's documents, by its namespace. Nobody
// polls it: it is counted where a restore is judged.
func Documents(namespace string) Name { return DocumentsOf + "@" + Name(namespace) }

// Unit says how a value is written.
type Unit string

// The units. A State has no number: its Text is the value.
const (
	Ratio     Unit = "ratio"
	Seconds   Unit = "seconds"
	Bytes     Unit = "bytes"
	Count     Unit = "count"
	PerSecond Unit = "per_second"
	PerMinute Unit = "per_minute"
	State     Unit = "state"
)

// Sample is one reading. When Err is not empty nothing is known, and Value and Text mean nothing.
type Sample struct {
	Name   Name
	Value  float64
	Of     float64 // the capacity that Value is a part of, as in "3 of 10"; 0 when there is none
	Text   string  // of a State: "ok", "error", "up"
	At     time.Time
	Source string // who said so: "pm2", "nginx log", "GET /api/health"
	Err    string // why nothing is known, in a few words; empty when known
	Note   string // a short remark that belongs to the value: "too few requests"
}

// Known says whether the reading says anything.
func (s Sample) Known() bool { return s.Err == "" && !s.At.IsZero() }

// Spec describes a signal: how it is named on screen, and what puts it out of bounds.
type Spec struct {
	Name   Name
	Label  string // on screen, at most 15 columns
	Unit   Unit
	Stale  time.Duration // older than this is unknown
	Limits []Limit       // worst first
	Rise   bool          // out of bounds when the counter rose within RiseWindow
	Quiet  bool          // kept and usable in rules, but never a row of its own
	Absent string        // the words when this host has no such thing: shown as absent, not as unknown
	Prefer []string      // where two sources measure it: words of a source's name, best first
}

// RiseWindow is how long a rise of a counter keeps a signal out of bounds.
const RiseWindow = 10 * time.Minute

// Limit is one bound: Want of a state, Full of a capacity, else the number At, above which it is
// out of bounds.
type Limit struct {
	Level int    // severity level that begins here; 0 when the runbook ties none to it
	Text  string // as shown: "SEV-3 ≥ 10 %", "must be ok", "full"
	At    float64
	Open  bool   // At itself is still in bounds: "> 5 s"
	Want  string // State: the text that is in bounds
	Full  bool   // out of bounds when Value reaches Of
}

// Breaks says whether a known sample is beyond the limit.
func (l Limit) Breaks(s Sample) bool {
	switch {
	case l.Want != "":
		return s.Text != l.Want
	case l.Full:
		return s.Of > 0 && s.Value >= s.Of
	case l.Open:
		return s.Value > l.At
	}
	return s.Value >= l.At
}
