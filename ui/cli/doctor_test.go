package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"calm/model/doctor"
	"calm/model/signal"
	"calm/ui/cli"
)

// examined is a report with one of everything.
func examined() doctor.Report {
	at := func(title string, line int) []doctor.Place {
		return []doctor.Place{{ID: "s", Title: title, Line: line}}
	}
	return doctor.Report{
		Runbook: "shop.md", SHA256: "3fa2",
		Things: []doctor.Thing{
			{
				Kind: doctor.Path, Name: "/backups/latest", Here: "/srv/backups", State: doctor.Missing, Detail: "no such file", Help: "bind it",
				NeededBy: append(at("Database Rollback, step 2", 180), at("Database Rollback, step 4", 190)...),
			},
			{Kind: doctor.Collection, Name: "products", State: doctor.Unknown, Detail: "mongod: connection refused", Help: "start mongod", NeededBy: at("Scenario 2, diagnosis 1", 243)},
			{Kind: doctor.Channel, Name: "#incidents", State: doctor.Unknown, Detail: "calm posts nowhere by itself", Help: "look", How: doctor.How{Asked: true}, NeededBy: at("SEV-1", 22)},
			{Kind: doctor.Channel, Name: "#alerts", State: doctor.Unknown, Detail: "calm posts nowhere by itself", Help: "look", How: doctor.How{Asked: true}, NeededBy: at("SEV-2", 30)},
			{Kind: doctor.Program, Name: "curl", State: doctor.There, Detail: "/usr/bin/curl", NeededBy: at("Scenario 2, diagnosis 1", 240)},
			{Kind: doctor.Program, Name: "jq", State: doctor.There, NeededBy: at("Scenario 2, diagnosis 1", 240)},
			{Kind: doctor.Process, Name: "shop", State: doctor.There, NeededBy: at("Code Rollback, step 5", 163)},
		},
		Checks: []doctor.Check{{Name: "journal", State: doctor.There, Text: "journal writable", Detail: "/var/lib/calm"}, {Name: "backup", State: doctor.Missing, Text: "no backup", Help: "make one"}},
		Signals: []doctor.Signal{
			{Name: signal.ErrorRatio, Label: "error ratio", Source: "nginx log", Measured: true, Error: "GET /api/metrics: HTTP 403"},
			{Name: signal.Widget, Label: "widget on page", Error: "nothing on this host is asked for it", Help: "set page_url"},
			{Name: signal.DBPing, Label: "mongod ping", Source: "mongod", Measured: true},
		},
		Notes: []string{"a flag file is better"},
	}
}

func diagnosed(t *testing.T, r doctor.Report, failure error, args ...string) (outcome, cli.Flags) {
	t.Helper()
	var out, errs bytes.Buffer
	var flags cli.Flags
	parts := cli.Parts{Version: "v1", In: strings.NewReader(""), Out: &out, Err: &errs, Practice: func(string) cli.Practice { return nowhere{} }}
	parts.Doctor = func(_ context.Context, f cli.Flags) (doctor.Report, error) {
		flags = f
		return r, failure
	}
	code := cli.Run(t.Context(), parts, append([]string{"doctor"}, args...))
	return outcome{code, out.String(), errs.String()}, flags
}

const diagnosis = `shop.md: 3 of 7 things that it names are here, 1 missing, 3 unknown

missing
  ▲ path       /backups/latest: no such file
      here    /srv/backups
      for     Database Rollback, step 2 (line 180); Database Rollback, step 4 (line 190)
      do      bind it

unknown
  ? collection products: mongod: connection refused
      for     Scenario 2, diagnosis 1 (line 243)
      do      start mongod

yours to look at
  ? channels   #incidents, #alerts: calm posts nowhere by itself
      do      look

ready to act
  ✓ journal writable (/var/lib/calm)
  ▲ no backup
      do      make one

signals
  2 of 3 are measured here
  ✓ error ratio     by nginx log; not by GET /api/metrics: HTTP 403
  ? widget on page  nothing on this host is asked for it
      do      set page_url

could be better
  - a flag file is better

there
  ✓ 2 programs, 1 pm2 name; --all lists them
`

func TestDoctorText(t *testing.T) {
	got, flags := diagnosed(t, examined(), nil, "shop.md", "--state", "/s")
	if got.code != 1 || got.out != diagnosis || got.err != "" {
		t.Errorf("exit %d, on stderr %q:\n%s", got.code, got.err, got.out)
	}
	if flags.Runbook != "shop.md" || flags.State != "/s" {
		t.Errorf("the doctor was asked with %+v", flags)
	}
	got, _ = diagnosed(t, examined(), nil, "--all")
	for _, want := range []string{"✓ program    curl: /usr/bin/curl\n", "✓ pm2 name   shop\n", "✓ mongod ping     by mongod\n"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("--all does not list %q:\n%s", want, got.out)
		}
	}
}

// What is unknown does not fail; what is missing does; what can't be read is a usage error.
func TestDoctorExits(t *testing.T) {
	r := examined()
	r.Things = r.Things[1:]
	if got, _ := diagnosed(t, r, nil); got.code != 0 || !strings.Contains(got.out, "0 missing, 3 unknown") {
		t.Errorf("exit %d: %s", got.code, got.out)
	}
	if got, _ := diagnosed(t, doctor.Report{}, errors.New("no runbook at x.md"), "x.md"); got.code != 2 || got.out != "" || got.err != "calm: no runbook at x.md\n" {
		t.Errorf("%+v", got)
	}
	if got, _ := diagnosed(t, r, nil, "a.md", "b.md"); got.code != 2 {
		t.Errorf("%+v", got)
	}
	// A name from the host stays on its line, and moves no cursor.
	r.Things = []doctor.Thing{{Kind: doctor.Process, Name: "a\x1b[2Jb\nc", State: doctor.Unknown, Detail: "x\ty"}}
	if got, _ := diagnosed(t, r, nil); strings.Contains(got.out, "\x1b") || !strings.Contains(got.out, "b; c: x y\n") {
		t.Errorf("%q", got.out)
	}
}

func TestDoctorJSON(t *testing.T) {
	got, _ := diagnosed(t, examined(), nil, "--json")
	var doc struct {
		Runbook, SHA256         string
		OK                      bool
		Missing, Unknown, There int
		Things                  []struct {
			Kind, Name, Here, State, Detail, Help string
			NeededBy                              []struct {
				ID, Title string
				Line      int
			} `json:"needed_by"`
		}
		Checks  []struct{ Name, State, Text string }
		Signals []struct {
			Name, Source, Error, Help string
			Measured                  bool
		}
		Notes []string
	}
	if err := json.Unmarshal([]byte(got.out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	if got.code != 1 || doc.OK || doc.Missing != 1 || doc.Unknown != 3 || doc.There != 3 || doc.Runbook != "shop.md" || doc.SHA256 != "3fa2" {
		t.Errorf("exit %d: %+v", got.code, doc)
	}
	first := doc.Things[0]
	if len(doc.Things) != 7 || first.Kind != "path" || first.State != "missing" || first.Here != "/srv/backups" || first.Help != "bind it" || len(first.NeededBy) != 2 || first.NeededBy[1].Line != 190 {
		t.Errorf("%+v", doc.Things)
	}
	if len(doc.Signals) != 3 || !doc.Signals[0].Measured || doc.Signals[1].Help != "set page_url" || len(doc.Checks) != 2 || doc.Checks[1].State != "missing" || len(doc.Notes) != 1 {
		t.Errorf("%+v", doc)
	}
	if got, _ := diagnosed(t, doctor.Report{Runbook: "empty.md"}, nil, "--json"); got.code != 0 || strings.Contains(got.out, "null") {
		t.Errorf("an empty list is [], not null: %s", got.out)
	}
}
