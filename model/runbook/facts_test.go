package runbook

import "testing"

func TestFactsOfTheSeed(t *testing.T) {
	r := seed(t)
	for _, c := range []struct{ what, got, want string }{
		{"signatures", short(t, r.Signatures()), `["MongoPoolClearedError","Connection timeout","DeepSeek 429","JavaScript heap out of memory"]`},
		{"processes", short(t, r.ProcessNames()), `["glowglitch-app"]`},
		{"health", r.HealthURL(), "https://glowglitch.com/api/health"},
		{"metrics", r.MetricsURL(), "https://glowglitch.com/api/metrics?format=summary"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, want %s", c.what, c.got, c.want)
		}
	}
	if url, marker := r.PageMarker(); url != "https://glowglitch.com/" || marker != "glowglitch-aurora-widget" {
		t.Errorf("page %q, marker %q", url, marker)
	}
	if len(r.URLs()) < 4 {
		t.Errorf("URLs: %q", r.URLs())
	}
}

func TestStepByID(t *testing.T) {
	r := seed(t)
	want := r.Scenarios[2].Resolution[0].Steps[0]
	ref, ok := r.StepByID(want.ID)
	if !ok || ref.Step.Text != "pm2 restart glowglitch-app" || ref.Group != "resolution" || ref.Item != r.Scenarios[2].Resolution[0].ID || ref.Index != 1 || ref.Of != 1 {
		t.Fatalf("%s: %v %+v", want.ID, ok, ref)
	}
	if _, ok := r.StepByID("no-such-step"); ok {
		t.Error("found a step that is not there")
	}
}

func TestMatchSignature(t *testing.T) {
	for _, c := range []struct {
		line, signature string
		want            bool
	}{
		{"2026-01-01 ERROR MongoPoolClearedError: pool cleared", "MongoPoolClearedError", true},
		{"connection TIMEOUT after 5 s", "Connection timeout", true},
		{"DeepSeekError: DeepSeek API error: 429 Too Many Requests", "DeepSeek 429", true},
		{"429 from somewhere else", "DeepSeek 429", false},
		{"deepseek answered 500", "DeepSeek 429", false},
		{"JavaScript heap is fine", "JavaScript heap out of memory", false},
	} {
		if got := MatchSignature(c.line, c.signature); got != c.want {
			t.Errorf("%q in %q: %v", c.signature, c.line, got)
		}
	}
}

func TestPageMarkerIsOfAPage(t *testing.T) {
	for text, want := range map[string]string{
		"curl https://x.io/ | grep -c \"chat-widget\"":                      "chat-widget",
		"page=$(curl -fsS https://x.io/)\ncurl https://x.io | grep -q id-7": "id-7",
		"curl https://x.io/api/health | grep status":                        "",
		"curl -I https://x.io/ | grep server":                               "",
		"# curl https://x.io/ | grep comment-only":                          "",
	} {
		if _, got := parsed(t, "# r\n\n```bash\n"+text+"\n```\n").PageMarker(); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
