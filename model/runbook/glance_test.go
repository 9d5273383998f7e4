package runbook

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestGlimpse(t *testing.T) {
	for name, tt := range map[string]struct {
		path, src string
		want      Glance
	}{
		"front matter": {"a.md", "---\ntitle: From above\nalerts: [HostDown, disk_full]\ndescription: What it is. And more.\n---\n\n## Part\n\nText.\n",
			Glance{Title: "From above", Summary: "What it is", Headings: []string{"Part"}, Alerts: []string{"HostDown", "disk_full"}}},
		"an alert's page": {"x/KubePodCrashLooping.md", "# KubePodCrashLooping\n\n## Meaning\n\nA pod restarts [again](http://x) and `again`. It goes on.\n",
			Glance{Title: "KubePodCrashLooping", Summary: "A pod restarts again (http://x) and again", Headings: []string{"Meaning"}, Alerts: []string{"KubePodCrashLooping"}}},
		"labels": {"x.md", "Title\n=====\n\n**Alert Name:** `HighLatency`, other_alert words\n| Alert | DiskFillingUp |\nAlert: the page is down\n\nFirst words here.\n",
			Glance{Title: "Title", Summary: "First words here.", Headings: []string{}, Alerts: []string{"HighLatency", "DiskFillingUp"}}},
		"a rule's text": {"x.md", "# T\n\n```yaml\n# not a heading\n- alert: QueueGrows\n  expr: x\n```\n<!-- a remark\n# no heading\n-->\nWords.\n",
			Glance{Title: "T", Summary: "Words.", Headings: []string{}, Alerts: []string{"QueueGrows"}}},
		"products are none": {"x.md", "# PostgreSQL and GitHub\n\n### PagerDuty\n\n- a list\n",
			Glance{Title: "PostgreSQL and GitHub", Headings: []string{"PagerDuty"}, Alerts: []string{}}},
		"no heading": {"on-call_notes.md", "Only words. And more.\n", Glance{Title: "on call notes", Summary: "Only words", Headings: []string{}, Alerts: []string{}}},
		"nothing":    {"HighLoad.markdown", "", Glance{Title: "HighLoad", Headings: []string{}, Alerts: []string{"HighLoad"}}},
	} {
		got := Glimpse(tt.path, []byte(tt.src))
		if got.Title != tt.want.Title || got.Summary != tt.want.Summary || !slices.Equal(got.Headings, tt.want.Headings) || !slices.Equal(got.Alerts, tt.want.Alerts) {
			t.Errorf("%s: %+v\nwant %+v", name, got, tt.want)
		}
	}
}

// The index calls a runbook what the console calls it.
func TestGlimpseHasTheTitleOfParse(t *testing.T) {
	for _, path := range append(corpus(t), "testdata/seed.md") {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := Glimpse(path, src).Title, load(t, path).Title; got != want {
			t.Errorf("%s: %q, Parse has %q", filepath.Base(path), got, want)
		}
	}
}

func FuzzGlimpse(f *testing.F) {
	f.Add("# T\n\nAlert: `X`\n```\n")
	f.Add("---\na: b\n---\n<!--")
	f.Fuzz(func(t *testing.T, src string) {
		g := Glimpse("x.md", []byte(src))
		if len(g.Headings) > maxGlanced || len([]rune(g.Summary)) > maxSummary {
			t.Errorf("%d headings, a summary of %d", len(g.Headings), len(g.Summary))
		}
	})
}
