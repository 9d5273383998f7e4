package runbook

import (
	"calm/model/pattern"
	"calm/model/signal"
)

// This file is data: the words with which runbooks name what can be measured, and the signal that
// measures it. A phrase that is not here makes a question for a person, never a wrong reading.

// measure ties words to a signal that has a number.
type measure struct {
	words  *pattern.Pattern
	signal signal.Name
	unit   signal.Unit
	invert bool // the words name the good part: "success rate < 95 %"
	not    *pattern.Pattern
}

var measures = []measure{
	{
		words:  pattern.New(`(?i)\bsuccess(?:ful)? (?:rate|ratio)\b`),
		signal: signal.ErrorRatio, unit: signal.Ratio, invert: true,
	},
	{
		words:  pattern.New(`(?i)\berrors?[- ](?:rates?|ratio|percentage)\b|\bfail(?:ure|ed)?[- ](?:request )?(?:rates?|ratio)\b|\b5xx\b|\brate of errors\b|\brequests? (?:are )?(?:fail|error)(?:s|ing|ed)?\b|\bfail(?:ing|ed) requests\b|\bof (?:all )?requests\b`),
		signal: signal.ErrorRatio, unit: signal.Ratio,
		not: pattern.New(`(?i)\b(?:job|deploy|build|payment|login|validation|model|prediction|sync|webhook)\w* (?:error|failure)`),
	},
	{
		words:  pattern.New(`(?i)\blatenc(?:y|ies)\b|\bresponse[- ]times?\b|\brequest (?:duration|times?)\b|\bp(?:50|90|95|99)\b|\bpage loads?(?: times?)?\b`),
		signal: signal.LatencyP95, unit: signal.Seconds,
		not: pattern.New(`(?i)\b(?:query|queries|replication|disk|network|db|database|redis|i/o|consensus|settlement|lag)\s+(?:p\d\d )?(?:latenc|response)|first response time|response time:`),
	},
	{
		words:  pattern.New(`(?i)\b(?:app(?:lication)?|process|container|pod|node(?:\.js)?) cpu\b`),
		signal: signal.AppCPU, unit: signal.Ratio,
	},
	{words: pattern.New(`(?i)\bcpu\b`), signal: signal.HostCPU, unit: signal.Ratio},
	{words: pattern.New(`(?i)\b(?:memory|ram|heap|rss)\b`), signal: signal.AppMemory, unit: signal.Bytes},
	{
		words:  pattern.New(`(?i)\b(?:memory|ram)\b`),
		signal: signal.HostMemory, unit: signal.Ratio,
		not: pattern.New(`(?i)\b(?:app(?:lication)?|process|container|pod|heap|redis|gpu) memory\b`),
	},
	{
		words:  pattern.New(`(?i)\b(?:disk|file ?system|root volume)\b`),
		signal: signal.DiskRoot, unit: signal.Ratio,
		not: pattern.New(`(?i)\bdisk (?:i/o|io|latency|iops)`),
	},
	{
		words:  pattern.New(`(?i)\b429s?\b|\brate[- ]limit`),
		signal: signal.RateLimited, unit: signal.PerMinute,
	},
	{words: pattern.New(`(?i)\btraffic\b|\brequests? rate\b|\bthroughput\b`), signal: signal.Traffic, unit: signal.PerSecond},
}

// quantiles are the ways in which a percentile is written.
var quantiles = []struct {
	words    *pattern.Pattern
	quantile float64
	signal   signal.Name
}{
	{pattern.New(`(?i)\bp99\b|\b99th|\bp99\.`), 0.99, signal.LatencyP99},
	{pattern.New(`(?i)\bp95\b|\b95th`), 0.95, signal.LatencyP95},
	{pattern.New(`(?i)\bp90\b|\b90th`), 0.90, ""},
	{pattern.New(`(?i)\bp50\b|\b50th|\bmedian\b`), 0.50, signal.LatencyP50},
}

// sign ties words to a state, a trend or a fixed range: a symptom that names no number.
type sign struct {
	words *pattern.Pattern
	kind  string
	holds Predicate
}

func atLeast(n signal.Name, v float64) Predicate { return Predicate{Signal: n, Min: &v} }

// signs are tried in order; the first whose words all occur wins.
var signs = []sign{
	// Of all routes with traffic the ratio that mostly fails: "all" leaves room for one that nobody
	// broke, such as a static page.
	{pattern.New(`(?i)\b(?:all|every) (?:[\w/-]+ ){0,2}(?:apis?|endpoints?|routes?|requests?|calls|services?)\b.*\b(?:5\d\d|5xx|errors?|fail)`), Measured, atLeast(signal.FailedRoutes, 0.75)},
	{pattern.New(`(?i)\bmost (?:[\w/-]+ ){0,2}(?:apis?|endpoints?|routes?)\b.*\b(?:5\d\d|5xx|errors?|fail)`), Measured, atLeast(signal.FailedRoutes, 0.5)},
	{pattern.New(`(?i)(?:\bhealth[- ]?(?:check|endpoint|probe)s?|/health\w*)\b.*\b(?:fail|unhealthy|down|error|red\b|not ok|degraded|unreachable).*\b(?:database|db|mongo\w*|postgres\w*|mysql)\b`), Probed, Predicate{Signal: signal.DBHealth, Equals: "error"}},
	{pattern.New(`(?i)\b(?:database|db|mongo\w*) health[- ]?(?:check|probe)s?\b.*\b(?:fail|unhealthy|error)`), Probed, Predicate{Signal: signal.DBHealth, Equals: "error"}},
	{pattern.New(`(?i)(?:\bhealth[- ]?(?:check|endpoint|probe)s?|/health\w*)\b.*\b(?:pass|ok\b|green|healthy\b|succeed|normal)`), Probed, Predicate{Signal: signal.Health, Equals: "ok"}},
	{pattern.New(`(?i)(?:\bhealth[- ]?(?:check|endpoint|probe)s?|/health\w*)\b.*\b(?:fail|unhealthy|down|error|red\b|not ok|degraded|unreachable|not respond|return(?:s|ing)? (?:5|non)|time)`), Probed, Predicate{Signal: signal.Health, Equals: "error"}},
	{pattern.New(`(?i)\b(?:database|mongo(?:d|db)?)\b (?:is |server )?(?:unreachable|down|not responding|unavailable|offline|refus)`), Probed, Predicate{Signal: signal.DBHealth, Equals: "error"}},
	{pattern.New(`(?i)\bnginx\b (?:is )?(?:down|not running|stopped|not responding)`), Probed, Predicate{Signal: signal.Nginx, Equals: "down"}},
	{pattern.New(`(?i)\bpm2\b.*\berrored\b`), Probed, Predicate{Signal: signal.AppStatus, Equals: "errored"}},
	{pattern.New(`(?i)\bpm2\b.*\bstopped\b`), Probed, Predicate{Signal: signal.AppStatus, Equals: "stopped"}},
	{pattern.New(`(?i)\brestart(?:s|ing|ed)\b.*\b(?:every|repeated|frequent|loop|constant|unexpected|hourly|continu)|\b(?:frequent|repeated|constant|unexpected|continuous|pod|container|process|application|app) restarts\b|\bcrash[- ]?loop|\bkeeps (?:restarting|crashing)|\brestart loop`), Measured, Predicate{Signal: signal.AppRestarts, Trend: "up"}},
	{pattern.New(`(?i)\b(?:memory|heap|rss)\b.*\b(?:increas|grow|climb|ris(?:es|ing)|leak)|\b(?:increas|grow|climb|rising)\w*\b.*\b(?:memory|heap|rss)\b`), Measured, Predicate{Signal: signal.AppMemory, Trend: "up"}},
	{pattern.New(`(?i)\bdisk (?:space )?(?:is )?full\b|\bout of disk\b`), Measured, atLeast(signal.DiskRoot, 0.98)},
}

// tooMany ties words about refused calls to the signal that counts them; more than none is a sign.
var tooMany = sign{pattern.New(`(?i)\b429s?\b|\btoo many requests\b|\brate[- ]limit(?:ed|ing|s)? (?:error|exceeded|hit|reached|respons)`), Logged, Predicate{Signal: signal.RateLimited, Min: new(float64), MinOpen: true}}

// offPage are the words for something that a page should show and does not.
var offPage = pattern.New(`(?i)\b(?:not|isn't|never|no longer|doesn't|don't|does not|do not|can't|cannot)\b.{0,20}\b(?:visible|appear|appearing|showing|show|shown|rendered|render|rendering|displayed|displaying|display|loading|load|loaded|see|on the page)\b|\b(?:missing|invisible|disappeared|vanished)\b`)

// onPage are the things that a page shows.
var onPage = pattern.New(`(?i)\b(?:widget|button|banner|component|element|icon|form|page|site|chat)\b`)
