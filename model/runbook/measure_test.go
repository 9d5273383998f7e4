package runbook

import (
	"fmt"
	"testing"

	"calm/model/signal"
)

func TestCriteria(t *testing.T) {
	for text, want := range map[string]string{
		"API error rate > 50%":                   `{"signal":"error_ratio","min":0.5,"min_open":true}`,
		"Error rate 20-50%":                      `{"signal":"error_ratio","min":0.2,"max":0.5}`,
		"Error rate < 10%":                       `{"signal":"error_ratio","max":0.1,"max_open":true}`,
		"error rate between 5% and 10%":          `{"signal":"error_ratio","min":0.05,"max":0.1}`,
		"5xx error rate exceeds 5 percent":       `{"signal":"error_ratio","min":0.05,"min_open":true}`,
		"At least 25% of requests failing":       `{"signal":"error_ratio","min":0.25}`,
		"Error rate ≥ 1%":                        `{"signal":"error_ratio","min":0.01}`,
		"Error rate 5%+":                         `{"signal":"error_ratio","min":0.05}`,
		"Error rate >1% and <5%":                 `{"signal":"error_ratio","min":0.01,"max":0.05,"min_open":true,"max_open":true}`,
		"Success rate below 95%":                 `{"signal":"error_ratio","min":0.05,"min_open":true}`,
		"API latency > 5 seconds (p95)":          `{"signal":"latency_p95","quantile":0.95,"min":5,"min_open":true}`,
		"API latency 2-5 seconds (p95)":          `{"signal":"latency_p95","quantile":0.95,"min":2,"max":5}`,
		"p99 latency above 500ms for 10 minutes": `{"signal":"latency_p99","quantile":0.99,"min":0.5,"min_open":true}`,
		"Median response time over 1,500 ms":     `{"signal":"latency_p50","quantile":0.5,"min":1.5,"min_open":true}`,
		"Response times > 10s":                   `{"signal":"latency_p95","min":10,"min_open":true}`,
		"CPU usage > 90% for 5 minutes":          `{"signal":"host_cpu","min":0.9,"min_open":true}`,
		"Memory usage above 85%":                 `{"signal":"host_memory","min":0.85,"min_open":true}`,
		"Heap above 1.5 GB":                      `{"signal":"app_memory","min":1610612736,"min_open":true}`,
		"Disk usage at 95%":                      `{"signal":"disk_root","min":0.95}`,
		"Less than 10% disk space remaining":     `{"signal":"disk_root","min":0.9,"min_open":true}`,
		"error rate on /api/orders > 5%":         `{"signal":"error_ratio","min":0.05,"min_open":true,"subject":"/api/orders"}`,
		"Affecting < 10% of users":               "",
		"More than 50% of customers see errors":  "",
		"Error rate increased by 20%":            "",
		"Latency 3x normal":                      "",
		"Database query latency > 5 seconds":     "",
		"p90 latency > 1 s":                      "",
		"High error rate":                        "",
		"Complete outage":                        "",
		"Response Time: < 15 minutes":            "",
		"Traffic drop > 50%":                     "",
		"Replication lag > 30 seconds":           "",
	} {
		p, ok := measured(text)
		got := ""
		if ok {
			got = short(t, p)
		}
		if got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestBoundsAtTheEdge reads the open and closed ends of the seed's own rules.
func TestBoundsAtTheEdge(t *testing.T) {
	for _, c := range []struct {
		text  string
		value float64
		want  bool
	}{
		{"API error rate > 50%", 0.5, false}, {"API error rate > 50%", 0.51, true}, {"Error rate 20-50%", 0.5, true}, {"Error rate 20-50%", 0.2, true},
		{"Error rate < 10%", 0.1, false}, {"Error rate < 10%", 0.05, true}, {"Error rate 10-20%", 0.1, true},
	} {
		p, ok := measured(c.text)
		if !ok || p.Holds(c.value) != c.want {
			t.Errorf("%s at %g: want %v", c.text, c.value, c.want)
		}
	}
}

func TestDurations(t *testing.T) {
	for text, want := range map[string]timeSpan{
		"< 15 minutes":                    {0, 900, true, ""},
		"15 min":                          {900, 900, true, ""},
		"within 48 hours":                 {0, 172800, true, ""},
		"5-10 minutes":                    {300, 600, true, ""},
		"15–30 minutes (depends on size)": {900, 1800, true, ""},
		"30 seconds to 2 minutes":         {30, 120, true, ""},
		"2 hours (business hours)":        {7200, 7200, true, "business hours"},
		"4 business hours":                {14400, 14400, true, "business hours"},
		"Next business day":               {0, 0, false, "Next business day"},
		"Immediate":                       {0, 0, false, "Immediate"},
		"Best effort":                     {0, 0, false, "Best effort"},
		"1 week":                          {604800, 604800, true, ""},
		"up to 1h":                        {0, 3600, true, ""},
		"~ 20 min":                        {1200, 1200, true, ""},
		"half an hour":                    {1800, 1800, true, ""},
		"Optional":                        {},
		"p95 of requests":                 {},
		"500ms":                           {},
	} {
		if got := parseTime(text); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestCadence(t *testing.T) {
	for text, want := range map[string]float64{
		"Post in #incidents every 30 minutes": 1800, "Hourly updates": 3600, "every hour": 3600, "twice a day": 43200, "Daily": 86400,
		"every 15-30 minutes": 1800, "Post in #incidents": 0, "within 30 minutes": 0,
	} {
		got := parseCadence(text)
		if want == 0 && got != nil || want != 0 && (got == nil || *got != want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestSymptoms(t *testing.T) {
	p := &parse{marker: "chat-widget"}
	for text, want := range map[string]string{
		"Metrics dashboard shows error rate > 20%":                      `measured {"signal":"error_ratio","min":0.2,"min_open":true}`,
		"All APIs returning 500 errors":                                 `measured {"signal":"failed_routes","min":0.75}`,
		"Most endpoints fail":                                           `measured {"signal":"failed_routes","min":0.5}`,
		"Logs show \"MongoPoolClearedError\" or \"Connection timeout\"": `logged null ["MongoPoolClearedError" "Connection timeout"]`,
		"Logs show 429 errors from DeepSeek":                            `logged {"signal":"rate_limited","min":0,"min_open":true} ["DeepSeek 429"]`,
		"`ECONNREFUSED` in the log":                                     `logged null ["ECONNREFUSED"]`,
		"502 errors in the nginx log":                                   `logged null ["502"]`,
		"Health check fails for database":                               `probed {"signal":"db_health","equals":"error"}`,
		"Health checks passing":                                         `probed {"signal":"health","equals":"ok"}`,
		"Health endpoint returns 503":                                   `probed {"signal":"health","equals":"error"}`,
		"MongoDB unreachable":                                           `probed {"signal":"db_health","equals":"error"}`,
		"Users report widget not visible":                               `probed {"signal":"widget","equals":"no"}`,
		"The chat button is missing":                                    `probed {"signal":"widget","equals":"no"}`,
		"Application restarts every few hours":                          `measured {"signal":"app_restarts","trend":"up"}`,
		"Pod in CrashLoopBackOff":                                       `measured {"signal":"app_restarts","trend":"up"}`,
		"Metrics show steadily increasing memory usage":                 `measured {"signal":"app_memory","trend":"up"}`,
		"CPU > 90%":                                 `measured {"signal":"host_cpu","min":0.9,"min_open":true}`,
		"nginx is down":                             `probed {"signal":"nginx","equals":"down"}`,
		"pm2 shows the process errored":             `probed {"signal":"app_status","equals":"errored"}`,
		"Users report \"No products found\" errors": `asked null`,
		"Users stuck on \"thinking...\" state":      `asked null`,
		"No errors in console":                      `asked null`,
		"Alert triggered":                           `asked null`,
		"Slow responses":                            `asked null`,
	} {
		s := p.symptom(text)
		if got := s.Kind + " " + short(t, s.Predicate) + signaturesOf(s); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if s := (&parse{}).symptom("Users report widget not visible"); s.Kind != Asked {
		t.Errorf("without a marker on a page only a person can say: %s", s.Kind)
	}
}

func signaturesOf(s Symptom) string {
	if len(s.Signatures) == 0 {
		return ""
	}
	return " " + fmt.Sprintf("%q", s.Signatures)
}

// TestPhrasesNameKnownSignals keeps the tables of words to signals that exist.
func TestPhrasesNameKnownSignals(t *testing.T) {
	known := map[signal.Name]bool{}
	for _, n := range []signal.Name{signal.ErrorRatio, signal.LatencyP95, signal.LatencyP50, signal.LatencyP99, signal.Traffic, signal.Health, signal.DBHealth, signal.DBPool,
		signal.AppStatus, signal.AppRestarts, signal.AppMemory, signal.AppCPU, signal.Nginx, signal.RateLimited, signal.Widget, signal.HostCPU, signal.HostMemory, signal.DiskRoot, signal.FailedRoutes} {
		known[n] = true
	}
	for _, m := range measures {
		if !known[m.signal] || m.unit == "" {
			t.Errorf("%s: %q %q", m.words, m.signal, m.unit)
		}
	}
	for _, s := range signs {
		if !known[s.holds.Signal] || s.kind == "" {
			t.Errorf("%s: %q", s.words, s.holds.Signal)
		}
	}
}
