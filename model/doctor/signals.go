package doctor

import (
	"strings"

	"calm/model/signal"
)

// lacks says for each signal what must be set for calm to measure it.
var lacks = map[signal.Name]string{
	signal.ErrorRatio:  "set nginx.access_log, or metrics_url",
	signal.LatencyP95:  "set nginx.access_log with $request_time in its log_format, or metrics_url",
	signal.Traffic:     "set nginx.access_log",
	signal.DBHealth:    "set health_url, or mongo.uri",
	signal.Health:      "set health_url",
	signal.DBPool:      "set mongo.uri, of a user with the role clusterMonitor",
	signal.DBPing:      "set mongo.uri",
	signal.AppRestarts: "set pm2.home and pm2.app",
	signal.AppStatus:   "set pm2.home and pm2.app",
	signal.AppMemory:   "set pm2.home and pm2.app",
	signal.Nginx:       "set nginx.status_url to a location with stub_status",
	signal.RateLimited: "set logs to the app's log files",
	signal.Widget:      "set page_url, and page_marker to a text that the page has while all is well",
}

// mends says what to do about what a source complains of.
var mends = []struct{ says, help string }{
	{"no request times", "add $request_time to the log_format of nginx's access log"},
	{"HTTP 401", "let this host read it without a session"},
	{"HTTP 403", "let this host read it without a session"},
	{"clusterMonitor", "give calm's database user the role clusterMonitor"},
	{"connection refused", "see whether it runs"},
	{"no daemon", "start pm2, or set pm2.home in calm.yaml and run calm as its user"},
	{"permission denied", "let the user that calm runs as read it"},
}

// Measured says which signals calm can measure here, and what it lacks for the others. Readings are
// what one look at every source came to; samples are all that the sources gave, failed ones too.
// What is no row of its own and has no limit is left out: nobody would miss it.
func Measured(readings []signal.Reading, samples []signal.Sample) []Signal {
	var out []Signal
	for _, r := range readings {
		if r.Spec.Quiet && len(r.Spec.Limits) == 0 {
			continue
		}
		s := Signal{Name: r.Spec.Name, Label: r.Spec.Label, Measured: r.Status == signal.In || r.Status == signal.Out}
		var failed []string
		for _, x := range samples {
			if x.Name == s.Name && !x.Known() {
				failed = append(failed, x.Source+": "+strings.TrimPrefix(x.Err, x.Source+": "))
			}
		}
		s.Error = strings.Join(failed, "; ")
		switch {
		case s.Measured:
			s.Source = r.Sample.Source
		case s.Error == "":
			s.Error, s.Help = "nothing on this host is asked for it", inConfig(lacks[s.Name])
		}
		for _, m := range mends {
			if s.Help == "" && strings.Contains(s.Error, m.says) {
				s.Help = m.help
			}
		}
		out = append(out, s)
	}
	return out
}

func inConfig(help string) string {
	if help == "" {
		return ""
	}
	return help + ", in calm.yaml"
}
