package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
)

// Templates of other teams, one line each.
func TestMeaning(t *testing.T) {
	in := poolExhausted(t, hm(3, 34, 58))
	in.Failed = &Requests{Failed: 18914, Source: "nginx log"}
	b := signal.NewBook(signal.Specs(nil, ""))
	b.Add(signal.Sample{Name: signal.ErrorRatio, Value: 0.012, At: hm(3, 34, 55), Source: "nginx log"})
	in.Readings = b.Snapshot(in.Now)
	for body, want := range map[string]string{
		"**Severity**: [SEV-X]":                           "**Severity**: SEV-1",
		"Severity: [SEV1/SEV2/SEV3]":                      "Severity: SEV-1",
		"Severity: P[X]":                                  "Severity: P0",
		"Priority: [P1/P2/P3]":                            "Priority: P0",
		"SEV[X] incident":                                 "SEV-1 incident",
		"Step [X] of it":                                  "Step [X] of it",
		"{{service}} is down since {{start_time}}":        "aurora-concierge is down since 03:02:10 UTC ±15 s",
		"IC: @{{incident_commander}}":                     "IC: @ana",
		"Incident: [INC-XXXX]":                            "Incident: #7",
		"Service: [Service Name]":                         "Service: aurora-concierge",
		"RESOLVED: [Service Name]":                        "RESOLVED: aurora-concierge",
		"Resolved at: [HH:MM UTC]":                        "Resolved at: [HH:MM UTC]",
		"Mitigated at: [HH:MM UTC]":                       "Mitigated at: 03:34:10 UTC",
		"Next update: [time]":                             "Next update: 04:04:58 UTC",
		"Next update in [15/30] minutes":                  "Next update in 30 minutes",
		"Status: [Investigating, Identified or Resolved]": "Status: Identified",
		"Status: [investigating|monitoring|resolved]":     "Status: Monitoring",
		"Current error rate: [error rate]":                "Current error rate: 1.2 %",
		"Failed requests: [number]":                       "Failed requests: 18,914 requests",
		"Duration: [X hours Y minutes]":                   "Duration: 32 minutes so far",
		"ETA: [time]":                                     "ETA: [time]",
		"Root cause: [brief description]":                 "Root cause: [brief description]",
		"Revenue lost: [$ amount]":                        "Revenue lost: [$ amount]",
		"Users affected: [number]":                        "Users affected: [number]",
		"- [ ] task":                                      "- [ ] task",
		"- [x] ticked [Current time]":                     "- [x] ticked 03:34:58 UTC",
		"see [the page](https://x.y) and [ref][1]":        "see [the page](https://x.y) and [ref][1]",
		"Comms lead: [name]":                              "Comms lead: [name]",
		"Ops lead: [name]":                                "Ops lead: ben",
		"Author: [Name]":                                  "Author: [Name]",
		"Declared by: [Name]":                             "Declared by: ana",
		"Started: [Timestamp]":                            "Started: 03:02:10 UTC ±15 s",
		"Time: [Timestamp]":                               "Time: 03:34:58 UTC",
		"Fix: [Brief description of fix]":                 "Fix: Immediate Rollback (Feature Flag) at 03:33:18 UTC (error ratio 57 % → 1.2 % in 44 s)",
		"Post-mortem: [date]":                             "Post-mortem: [date]",
		"Duration: [Start time] - [End time]":             "Duration: 03:02:10 UTC ±15 s - [End time]",
		"Affected: {{ incident_id }}":                     "Affected: #7",
		"INC-XXX":                                         "INC-XXX",
		"no fields at all":                                "no fields at all",
	} {
		d := Message(runbook.Template{Purpose: runbook.OtherMessage, Body: body}, in)
		if d.Body != want {
			t.Errorf("%q became %q, want %q", body, d.Body, want)
		}
	}
}

func TestNamedFieldsAreTheParsers(t *testing.T) {
	in := poolExhausted(t, hm(3, 34, 58))
	d := Message(runbook.Template{Purpose: runbook.OtherMessage, Body: "YOUR_TITLE [not a field] [X]\n- [x] done", Fields: []string{"[X]", "YOUR_TITLE"}}, in)
	if d.Body != "YOUR_TITLE [not a field] [X]\n- [x] done" || len(d.Open) != 2 || d.Open[0].Text != "YOUR_TITLE" {
		t.Errorf("%q open %v", d.Body, d.Open)
	}
}

// A date that is asked for is not always the incident's.
func TestDueDatesStayOpen(t *testing.T) {
	body := "| Action | Owner | Due Date |\n|-|-|-|\n| [Specific action] | @owner | YYYY-MM-DD |\n"
	md, _, left := PostMortem(&runbook.PostMortem{Body: body, Fields: []string{"[Specific action]", "YYYY-MM-DD"}}, poolExhausted(t, hm(4, 18, 20)))
	if !strings.Contains(md, "| [Specific action] | @owner | YYYY-MM-DD |") || len(left) != 2 || left[1].Label != "Due Date" {
		t.Errorf("open %+v in\n%s", left, md)
	}
}

// A table of two columns names its fields on the left, a wider one above.
func TestTables(t *testing.T) {
	body := "| | |\n|-|-|\n| Severity | [X] |\n| Duration | [X] |\n\n| Priority | Action | Due |\n|-|-|-|\n| P1 | [Action item] | [YYYY-MM-DD] |\n"
	md, _, left := PostMortem(&runbook.PostMortem{Body: body}, poolExhausted(t, hm(4, 18, 20)))
	if !strings.Contains(md, "| Severity | SEV-1 |\n| Duration | 59 minutes |") || len(left) != 2 {
		t.Errorf("open %+v in\n%s", left, md)
	}
}

// An incident of which nothing is known fills nothing in, and never a zero time.
func TestNothingIsInvented(t *testing.T) {
	in := Input{Now: hm(3, 0, 0)}
	for _, purpose := range []string{runbook.InitialMessage, runbook.UpdateMessage, runbook.ResolutionMessage} {
		tmpl, _ := aurora(t).TemplateFor(purpose)
		d := Message(tmpl, in)
		for _, f := range d.Filled {
			if f.From != "clock" && f.Value != "Investigating" {
				t.Errorf("%s: %q filled with %q", purpose, f.Text, f.Value)
			}
		}
		if strings.Contains(d.Body, "0001") {
			t.Errorf("%s shows a time that never was:\n%s", purpose, d.Body)
		}
	}
	md, filled, _ := PostMortem(aurora(t).PostMortem, in)
	if len(filled) != 0 || strings.Contains(md, "0001") || strings.Contains(md, "14:05") {
		t.Errorf("filled %v:\n%s", filled, md)
	}
}

func TestHints(t *testing.T) {
	in := poolExhausted(t, hm(4, 18, 20))
	_, _, left := PostMortem(aurora(t).PostMortem, in)
	hints := map[string]string{}
	for _, f := range left {
		hints[f.Label] = f.Hint
	}
	for label, want := range map[string]string{
		"SLA Breach":        "SEV-1 asks for a resolution within 1 hour; it took 59 minutes",
		"Executive Summary": "lasted 59 minutes; SEV-1",
	} {
		if !strings.Contains(hints[label], want) {
			t.Errorf("hint of %s = %q, want %q", label, hints[label], want)
		}
	}
	d := Message(in.Runbook.Templates[1], in)
	i := slices.IndexFunc(d.Open, func(f Field) bool { return f.Label == "Next Steps" })
	if i < 0 || d.Open[i].Hint != "Increase pool size in src/lib/mongodb.ts; Optimize queries, add connection pooling layer (Redis)" {
		t.Errorf("open = %+v", d.Open)
	}
}

func TestTimelineShapes(t *testing.T) {
	in := poolExhausted(t, hm(3, 9, 0))
	for name, tt := range map[string]struct{ body, has, hasNot string }{
		"columns in another order": {"## Timeline\n\n| Who | When (UTC) | What happened | Link |\n|-|-|-|-|\n| x | y | z | w |\n\nAfter", "| ana | 03:08:30 | acknowledged |  |\n", "| x |"},
		"head without rows":        {"## Timeline\n\n| Time (UTC) | Event | Data Link |\n| --- | --- | --- |\n\n## Next", "| 03:08:31 | ops ben (ana) |  |\n\n## Next", ""},
		"a list":                   {"## Timeline (UTC)\n\n- 14:00 - something\n- 14:05 - else\n\n## Next", "- 03:08:30 acknowledged (ana)\n", "14:05"},
		"no word of UTC":           {"## Timeline\n\n- HH:MM: event", "- 03:08:30 UTC acknowledged", "HH:MM"},
		"none":                     {"## Impact\n\n[impact]", "### Timeline (all times in UTC; added by calm)\n\n| Time | Event |", ""},
		"action items are none":    {"## Actions\n\n| Action | Due date |\n|-|-|\n| [action] | x |", "| [action] | x |", ""},
		"the template in a fence":  {"```markdown\n# Title\n\n## Timeline\n\n| Time | Event |\n|-|-|\n```", "| 03:08:30 UTC | acknowledged (ana) |", "```"},
	} {
		md, _, _ := PostMortem(&runbook.PostMortem{Body: tt.body}, in)
		if !strings.Contains(md, tt.has) || tt.hasNot != "" && strings.Contains(md, tt.hasNot) {
			t.Errorf("%s:\n%s", name, md)
		}
	}
}

func TestTimelineOverMidnight(t *testing.T) {
	in := poolExhausted(t, hm(3, 9, 0))
	in.Incident.Onset = hm(3, 2, 0).Add(-4 * time.Hour)
	md, _, _ := PostMortem(nil, in)
	if !strings.Contains(md, "| 2026-11-22 23:02:00 | Incident began") {
		t.Errorf("no dates:\n%s", md)
	}
}

func TestLong(t *testing.T) {
	for d, want := range map[time.Duration]string{
		42 * time.Second: "42 seconds", time.Second: "1 second", 59 * time.Minute: "59 minutes", time.Hour: "1 hour",
		83 * time.Minute: "1 hour 23 minutes", 49 * time.Hour: "2 days 1 hour", 48 * time.Hour: "2 days", -time.Hour: "0 seconds",
	} {
		if got := long(d); got != want {
			t.Errorf("long(%v) = %q, want %q", d, got, want)
		}
	}
}

// outline is the structure of a Markdown text: what a reader would see of headings, tables, fences
// and raw HTML.
type outline struct {
	headings []string
	cells    []int // of each row
	code     int
	html     int
}

func outlineOf(md string) outline {
	var o outline
	src := []byte(md)
	doc := goldmark.New(goldmark.WithExtensions(extension.Table)).Parser().Parse(text.NewReader(src))
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			o.headings = append(o.headings, string(n.Lines().Value(src)))
		case *east.TableRow:
			o.cells = append(o.cells, n.ChildCount())
		case *ast.FencedCodeBlock:
			o.code++
		case *ast.HTMLBlock, *ast.RawHTML:
			o.html++
		}
		return ast.WalkContinue, nil
	})
	return o
}

func TestFencesGrow(t *testing.T) {
	in := poolExhausted(t, hm(4, 18, 20))
	in.Incident.Runs[0].Command = "cat <<'E'\n```\n````\nE"
	for name, pm := range map[string]*runbook.PostMortem{"filled": in.Runbook.PostMortem, "added": {Body: "## Impact"}} {
		md, _, _ := PostMortem(pm, in)
		if o := outlineOf(md); o.code != 1 || !strings.Contains(md, "\n`````bash\n") || !strings.HasSuffix(md, "\n`````\n") {
			t.Errorf("%s: %d fences:\n%s", name, o.code, md)
		}
	}
}

// Whatever people and programs wrote, it stays inside its cell, its fence and its line.
func TestTextCannotBreakTheMarkdown(t *testing.T) {
	pm := aurora(t).PostMortem
	calmly := poolExhausted(t, hm(4, 18, 20))
	md, _, _ := PostMortem(pm, calmly)
	want := outlineOf(md)
	rapid.Check(t, func(rt *rapid.T) {
		evil := rapid.StringOfN(rapid.SampledFrom([]rune("|`~<>\\*_[]()#-\n\r\tab \x1b")), 1, 40, -1)
		in := calmly
		in.Incident.Runs = slices.Clone(in.Incident.Runs)
		for i := range in.Incident.Runs {
			in.Incident.Runs[i].Command += "\n" + evil.Draw(rt, "command")
			in.Incident.Runs[i].Why = evil.Draw(rt, "why")
			in.Incident.Runs[i].Title = "t" + evil.Draw(rt, "title")
		}
		in.Incident.Title = "t" + evil.Draw(rt, "incident")
		in.Incident.Roles = map[string]string{incident.IncidentCommander: "n" + evil.Draw(rt, "name")}
		in.Incident.Events = slices.Clone(in.Incident.Events)
		note := evil.Draw(rt, "note")
		for i, e := range in.Incident.Events {
			if e.Type == incident.Note {
				s := &script{t: t}
				s.add(e.At, e.Actor.Name, incident.Note, incident.NoteData{Text: "n" + note})
				in.Incident.Events[i].Data = s.events[0].Data
			}
		}
		md, _, _ := PostMortem(pm, in)
		got := outlineOf(md)
		if len(got.headings) != len(want.headings) || got.code != want.code || got.html != 0 || !slices.Equal(got.cells, want.cells) {
			rt.Fatalf("structure %+v\nwant %+v\n%s", got, want, md)
		}
		if strings.ContainsRune(md, '\x1b') {
			rt.Fatal("an escape reached the text")
		}
	})
}
