package conduct

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"calm/model/action"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/signal"
	"calm/ops/journal"
	"calm/ops/plan"
	"calm/ops/run"
	"calm/ops/trust"
)

func TestMain(m *testing.M) {
	run.Main(nil)
	if len(os.Args) == 4 && os.Args[1] == consoleWord {
		os.Exit(consoleExit(os.Args[2], os.Args[3]))
	}
	os.Exit(m.Run())
}

var ana = incident.Actor{Name: "ana", UID: 1000, LoginUID: 1000}

// text is the runbook of the tests. STATE is the folder of the incidents, OUT one that commands may
// write into.
const text = "# Shop\n\n" +
	"## Rollback by flag\n\n" +
	"```bash\n" +
	"# Turn the flag off\nexport FLAG=off\n\n" +
	"# Go into the folder\ncd OUT/sub\n\n" +
	"# Write it down\nprintf '%s in %s' \"$FLAG\" \"$PWD\" > OUT/flag\n" +
	"```\n\n" +
	"## Code Rollback\n\n" +
	"```bash\n" +
	"# Look for the intent\ngrep -rho --exclude='*.md' '\"type\":\"intent\"' STATE > OUT/seen\n\n" +
	"# Wait for a word\ntouch OUT/began; read -r word < OUT/pipe; echo \"$word\"\n\n" +
	"# Fail\ntouch OUT/failed; exit 3\n\n" +
	"# Watch\ntop\n\n" +
	"# Go to a commit\ngit checkout <commit>\n" +
	"```\n\n" +
	"## Recovery procedure\n\n**Requires**: Owner approval (except for drills)\n\n" +
	"```bash {\"cwd\":\"OUT/sub\"}\n# Look around\nls\n```\n\n" +
	"```bash\n# Say where\ntouch OUT/where\n\n# Say again\ntouch OUT/again\n```\n\n" +
	"```bash {\"approval\":\"CTO\"}\n# Switch over\ntouch OUT/switched\n```\n"

// shop is an incident on disk over a runbook whose commands touch nothing but a folder of the test.
type shop struct {
	t       *testing.T
	out     string
	leases  string
	dir     *journal.Dir
	journal *journal.Journal
	runbook *runbook.Runbook
	trust   *trust.Store
	*Conductor
}

func newShop(t *testing.T) *shop {
	t.Helper()
	root := t.TempDir()
	s := &shop{t: t, out: filepath.Join(root, "out"), leases: filepath.Join(root, "leases")}
	state := filepath.Join(root, "state")
	if err := os.MkdirAll(filepath.Join(s.out, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	var err error
	source := strings.NewReplacer("STATE", state, "OUT", s.out).Replace(text)
	if s.runbook, err = runbook.Parse("shop.md", []byte(source)); err != nil {
		t.Fatal(err)
	}
	if s.dir, err = journal.Open(state); err != nil {
		t.Fatal(err)
	}
	if s.journal, err = s.dir.Create(0, "shop", []byte(source)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.journal.Close() })
	if _, err := s.journal.Append(t.Context(), incident.Draft{Type: incident.Declared, Actor: ana, Data: incident.DeclaredData{Number: 1, Level: 2, Title: "shop"}}); err != nil {
		t.Fatal(err)
	}
	s.trust = trust.New(state)
	if _, err := s.trust.Give(s.runbook, ana); err != nil {
		t.Fatal(err)
	}
	s.Conductor = s.console()
	return s
}

// follow goes over to another text, which is trusted.
func (s *shop) follow(source string) {
	s.t.Helper()
	rb, err := runbook.Parse("shop.md", []byte(source))
	if err != nil {
		s.t.Fatal(err)
	}
	s.runbook = rb
	if _, err := s.trust.Give(rb, ana); err != nil {
		s.t.Fatal(err)
	}
}

// console is a conductor of its own over the same incident.
func (s *shop) console() *Conductor {
	return New(Options{
		Runbook: func() *runbook.Runbook { return s.runbook }, Trust: s.trust, Planner: plan.New(plan.Options{Dir: s.out, Exec: run.Local{}}), Leases: s.leases,
		Journal: func() (incident.Journal, bool) { return s.journal, true },
	})
}

// ref is where a step stands, by its title.
func (s *shop) ref(title string) action.Ref {
	s.t.Helper()
	for _, p := range s.runbook.Procedures {
		for i, x := range p.Steps {
			if x.Title == title {
				return action.Ref{Part: p.ID, Title: p.Title, Group: "procedure", Step: x.ID, Index: i + 1, Of: len(p.Steps), Line: x.Line}
			}
		}
	}
	s.t.Fatalf("no step %q in %+v", title, s.runbook.Procedures)
	return action.Ref{}
}

func (s *shop) plan(c *Conductor, title string) action.Plan {
	s.t.Helper()
	p, err := c.Propose(s.t.Context(), action.Request{Ref: s.ref(title), Snapshot: signal.Snapshot{At: time.Unix(1_800_000_000, 0).UTC()}})
	if err != nil {
		s.t.Fatalf("propose %s: %v", title, err)
	}
	return p
}

// begin proposes and begins a step.
func (s *shop) begin(c *Conductor, title string) action.Plan {
	s.t.Helper()
	p := s.plan(c, title)
	if _, err := c.Begin(s.t.Context(), s.journal, p, ana, "y"); err != nil {
		s.t.Fatalf("begin %s: %v", title, err)
	}
	return p
}

// end follows an action to its end.
func (s *shop) end(c *Conductor, op string) action.Progress {
	s.t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for time.Now().Before(limit) {
		p, err := c.Follow(s.t.Context(), s.journal, op)
		if err != nil {
			s.t.Fatalf("follow: %v", err)
		}
		if p.Outcome != "" {
			return p
		}
		<-time.After(10 * time.Millisecond)
	}
	s.t.Fatal("it does not end")
	return action.Progress{}
}

// events are those of one type on disk, about one action.
func (s *shop) events(t incident.Type, op string) []incident.Event {
	s.t.Helper()
	all, err := s.journal.Since(0)
	if err != nil {
		s.t.Fatal(err)
	}
	var out []incident.Event
	for _, e := range all {
		var data struct {
			Op string `json:"op"`
		}
		if e.Type == t && json.Unmarshal(e.Data, &data) == nil && data.Op == op {
			out = append(out, e)
		}
	}
	return out
}

func (s *shop) finished(op string) incident.FinishedData {
	s.t.Helper()
	all := s.events(incident.Finished, op)
	if len(all) != 1 {
		s.t.Fatalf("%d outcomes of %s are in the journal", len(all), op)
	}
	var data incident.FinishedData
	if err := all[0].Decode(&data); err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *shop) read(name string) string {
	s.t.Helper()
	raw, err := os.ReadFile(filepath.Join(s.out, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(raw)
}

func (s *shop) has(name string) bool {
	_, err := os.Stat(filepath.Join(s.out, name))
	return err == nil
}

// pipe is what "Wait for a word" waits for; say lets it end.
func (s *shop) pipe() (say func()) {
	s.t.Helper()
	path := filepath.Join(s.out, "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := os.WriteFile(path, []byte("go\n"), 0o600); err != nil {
			s.t.Error(err)
		}
	}
}
