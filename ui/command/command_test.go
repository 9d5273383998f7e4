package command_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"calm/model/action"
	"calm/model/doctor"
	"calm/model/incident"
	"calm/model/runbook"
	"calm/model/runbook/revision"
	"calm/model/signal"
	"calm/ui/command"
	"calm/ui/pane"
)

// source answers after a time, or as it is told.
type source struct {
	name  string
	takes time.Duration
	deaf  bool // it does not honour its context
	err   error
	panic string
	gives []signal.Sample
}

func (s source) Name() string { return s.name }

func (s source) Collect(ctx context.Context) ([]signal.Sample, error) {
	if s.panic != "" {
		panic(s.panic)
	}
	if s.deaf {
		time.Sleep(s.takes)
		return s.gives, s.err
	}
	select {
	case <-time.After(s.takes):
		return s.gives, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func poll(s source, gives ...signal.Name) command.Poll {
	return command.Poll{Source: s, Every: 4 * time.Second, Timeout: 3 * time.Second, Gives: gives}
}

func up(n signal.Name) []signal.Sample { return []signal.Sample{{Name: n, Text: "up"}} }

func TestCollect(t *testing.T) {
	for _, x := range []struct {
		name  string
		s     source
		err   string
		after time.Duration
	}{
		{"answers", source{name: "nginx", takes: time.Second, gives: up(signal.Nginx)}, "", time.Second},
		{"fails", source{name: "nginx", err: errors.New("refused")}, "refused", 0},
		{"hangs", source{name: "nginx", takes: time.Hour}, "deadline exceeded", 3 * time.Second},
		{"panics", source{name: "nginx", panic: "index out of range"}, "nginx: index out of range", 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				msg := command.Collect(poll(x.s), 2, 7)().(command.SamplesMsg)
				if took := time.Since(began); took != x.after || !msg.At.Equal(time.Now()) {
					t.Errorf("it took %s, at %s", took, msg.At)
				}
				if msg.Source != 2 || msg.Gen != 7 {
					t.Errorf("it is the answer of %d, round %d", msg.Source, msg.Gen)
				}
				if (msg.Err == nil) != (x.err == "") || msg.Err != nil && !strings.Contains(msg.Err.Error(), x.err) {
					t.Errorf("the error is %v, want %q", msg.Err, x.err)
				}
				if msg.Err == nil && len(msg.Samples) != 1 {
					t.Errorf("the samples are %+v", msg.Samples)
				}
			})
		})
	}
}

// TestObserve: what came in time counts, and each signal of what did not is a failed reading.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := command.Session{Polls: []command.Poll{
			poll(source{name: "nginx", takes: time.Second, gives: up(signal.Nginx)}, signal.Nginx),
			poll(source{name: "mongo", err: errors.New("refused")}, signal.DBPing),
			poll(source{name: "app", panic: "a bug"}, signal.Health, signal.DBHealth),
			poll(source{name: "page", takes: time.Minute, deaf: true}, signal.Widget),
			poll(source{name: "host", takes: time.Minute}, signal.HostCPU),
		}}
		began := time.Now()
		got := command.Observe(t.Context(), s, 2*time.Second)
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("it took %s", took)
		}
		why := map[signal.Name]string{}
		for _, x := range got {
			if _, twice := why[x.Name]; twice {
				t.Errorf("%s is there twice", x.Name)
			}
			why[x.Name] = x.Err
		}
		for n, want := range map[signal.Name]string{
			signal.Nginx: "", signal.DBPing: "refused", signal.Health: "app: a bug", signal.DBHealth: "app: a bug",
			signal.Widget: "page: no answer in 2s", signal.HostCPU: "",
		} {
			err, ok := why[n]
			if !ok || n != signal.HostCPU && err != want || n == signal.HostCPU && err == "" {
				t.Errorf("%s: %q (there: %v), want %q", n, err, ok, want)
			}
		}
		time.Sleep(2 * time.Minute) // until the deaf one has answered to nobody
	})
}

// TestObserveStops when its caller does.
func TestObserveStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := command.Session{Polls: []command.Poll{poll(source{name: "host", takes: time.Minute}, signal.HostCPU)}}
		began := time.Now()
		got := command.Observe(ctx, s, time.Minute)
		if time.Since(began) != time.Second || len(got) != 1 || got[0].Known() {
			t.Errorf("after %s it is %+v", time.Since(began), got)
		}
	})
}

func TestSilent(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	got := command.Silent(poll(source{name: "app"}, signal.Health, signal.DBHealth), errors.New("refused"), at)
	if len(got) != 2 || got[0].Known() || got[0].Source != "app" || got[1].Name != signal.DBHealth || !got[1].At.Equal(at) {
		t.Errorf("silence is %+v", got)
	}
}

// TestTurn falls on multiples of the interval, so that sources of one interval are drawn together.
func TestTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1700 * time.Millisecond)
		p := poll(source{name: "app"})
		msg := command.Turn(p, 3, 9, time.Now())().(command.TurnMsg)
		if msg.Source != 3 || msg.Gen != 9 || time.Now().UnixNano()%int64(p.Every) != 0 {
			t.Errorf("%+v at %s", msg, time.Now())
		}
		if tick := time.Time(command.Tick(time.Now())().(command.TickMsg)); tick.Nanosecond() != 0 {
			t.Errorf("the clock ticks at %s", tick)
		}
	})
}

// journal records what it is asked to write.
type journal struct {
	drafts   []incident.Draft
	err      error
	deadline bool
	closed   bool
}

func (j *journal) Append(ctx context.Context, drafts ...incident.Draft) ([]incident.Event, error) {
	_, j.deadline = ctx.Deadline()
	j.drafts = append(j.drafts, drafts...)
	return make([]incident.Event, len(drafts)), j.err
}

func (j *journal) AppendIf(ctx context.Context, _ uint64, _ func([]incident.Event) error, drafts ...incident.Draft) ([]incident.Event, error) {
	return j.Append(ctx, drafts...)
}

func (j *journal) Since(seq uint64) ([]incident.Event, error) {
	return []incident.Event{{Seq: seq + 1}}, j.err
}
func (*journal) Path() string   { return "" }
func (j *journal) Close() error { j.closed = true; return nil }

// TestJournal: every answer says which journal it is of, and a write has a limit.
func TestJournal(t *testing.T) {
	j := &journal{err: errors.New("full")}
	a := command.Append(j, incident.Draft{Type: incident.Note}, incident.Draft{Type: incident.Note})().(command.AppendedMsg)
	if a.Journal != j || len(a.Events) != 2 || a.Err == nil || !j.deadline {
		t.Errorf("append gave %+v, with a limit: %v", a, j.deadline)
	}
	s := command.Sync(j, 4)().(command.SyncedMsg)
	if s.Journal != j || len(s.Events) != 1 || s.Events[0].Seq != 5 || s.Err == nil {
		t.Errorf("sync gave %+v", s)
	}
}

// incidents is an archive with one open incident, or none.
type incidents struct {
	journal *journal
	err     error
}

func (i incidents) Resume(context.Context) (incident.Journal, []incident.Event, bool, error) {
	if i.journal == nil {
		return nil, nil, false, i.err
	}
	return i.journal, []incident.Event{{Seq: 1}}, true, i.err
}

func (i incidents) Declare(context.Context, incident.Actor, incident.DeclaredData) (incident.Journal, []incident.Event, error) {
	return i.journal, []incident.Event{{Seq: 1}}, i.err
}

func (i incidents) Revise(_ context.Context, _ incident.Journal, was string, rb *runbook.Runbook, _ incident.Actor) ([]incident.Event, error) {
	return []incident.Event{{Seq: 2, ID: was + rb.SHA256}}, i.err
}
func (incidents) Others() string   { return "ben has it open" }
func (incidents) LastLine() string { return "#6" }

func TestResume(t *testing.T) {
	j := &journal{}
	got := command.Resume(incidents{journal: j})().(command.ResumedMsg)
	if got.Journal != j || !got.Found || got.Others != "ben has it open" || got.Last != "#6" || len(got.Events) != 1 {
		t.Errorf("resume gave %+v", got)
	}
	got = command.Resume(incidents{err: errors.New("damaged")})().(command.ResumedMsg)
	if got.Found || got.Others != "" || got.Err == nil {
		t.Errorf("without an incident resume gave %+v", got)
	}
	if d := command.Declare(incidents{journal: j}, incident.Actor{}, incident.DeclaredData{})().(command.DeclaredMsg); d.Journal != j || d.Err != nil {
		t.Errorf("declare gave %+v", d)
	}
	if c := command.Close(incidents{journal: j}, j)().(command.ClosedMsg); c.Last != "#6" || !j.closed {
		t.Errorf("close gave %+v, closed: %v", c, j.closed)
	}
}

// conductor answers with what it was asked.
type conductor struct {
	asked  []string
	limits int
}

func (c *conductor) note(ctx context.Context, what string) {
	c.asked = append(c.asked, what)
	if _, ok := ctx.Deadline(); ok {
		c.limits++
	}
}

func (c *conductor) Propose(ctx context.Context, r action.Request) (action.Plan, error) {
	c.note(ctx, "propose "+r.Ref.Step)
	return action.Plan{Op: "01J"}, nil
}

func (c *conductor) Begin(ctx context.Context, _ incident.Journal, p action.Plan, _ incident.Actor, how string) ([]incident.Event, error) {
	c.note(ctx, "begin "+p.Op+" "+how)
	return []incident.Event{{Seq: 1}}, errors.New("taken")
}

func (c *conductor) BreakGlass(ctx context.Context, _ incident.Journal, p action.Plan, _ incident.Actor, how, reason string) ([]incident.Event, error) {
	c.note(ctx, "break glass "+p.Op+" "+how+" "+reason)
	return nil, errors.New("refused")
}

func (c *conductor) Follow(ctx context.Context, _ incident.Journal, op string) (action.Progress, error) {
	c.note(ctx, "follow "+op)
	return action.Progress{Outcome: "ok"}, nil
}

func (c *conductor) Cancel(ctx context.Context, _ incident.Journal, op string) error {
	c.note(ctx, "cancel "+op)
	return nil
}

func (c *conductor) Fillings(ctx context.Context, ref action.Ref) (map[string][]string, error) {
	c.note(ctx, "fill "+ref.Step)
	return map[string][]string{"<x>": {"1"}}, errors.New("git is not here")
}

func (c *conductor) Terminal(ctx context.Context, _ incident.Journal, p action.Plan, _ incident.Actor) (action.Terminal, []incident.Event, error) {
	c.note(ctx, "terminal "+p.Op)
	return screen{}, nil, nil
}

type screen struct{}

func (screen) Run() error          { return nil }
func (screen) SetStdin(io.Reader)  {}
func (screen) SetStdout(io.Writer) {}
func (screen) SetStderr(io.Writer) {}

// TestConductor: every command ends in the message that belongs to it, with what was asked in it.
func TestConductor(t *testing.T) {
	c, j := &conductor{}, &journal{}
	ref := action.Ref{Step: "s1"}
	if m := command.Propose(c, action.Request{Ref: ref})().(command.PlanMsg); m.Plan.Op != "01J" || m.Request.Ref != ref || m.Err != nil {
		t.Errorf("propose gave %+v", m)
	}
	if m := command.Begin(c, j, action.Plan{Op: "01J"}, incident.Actor{}, "y")().(command.BegunMsg); m.Plan.Op != "01J" || len(m.Events) != 1 || m.Err == nil {
		t.Errorf("begin gave %+v", m)
	}
	if m := command.Follow(c, j, "01J", time.Millisecond)().(command.ProgressMsg); m.Op != "01J" || m.Outcome != "ok" {
		t.Errorf("follow gave %+v", m)
	}
	if m := command.Cancel(c, j, "01J")().(command.CancelledMsg); m.Err != nil {
		t.Errorf("cancel gave %+v", m)
	}
	if m := command.Fillings(c, ref)().(command.FillingsMsg); m.Ref != ref || len(m.Suggestions) != 1 {
		t.Errorf("fillings gave %+v", m)
	}
	if m := command.Full(c, j, action.Plan{Op: "01J"}, incident.Actor{})().(command.ReadyMsg); m.Program == nil || m.Plan.Op != "01J" {
		t.Errorf("full gave %+v", m)
	}
	want := []string{"propose s1", "begin 01J y", "follow 01J", "cancel 01J", "fill s1", "terminal 01J"}
	if !slices.Equal(c.asked, want) || c.limits < 2 {
		t.Errorf("it was asked %q, %d times with a limit", c.asked, c.limits)
	}
}

// trusting trusts one text.
type trusting struct {
	sha string
	err error
}

func (x *trusting) Standing(rb *runbook.Runbook) revision.Standing {
	return revision.Standing{SHA256: rb.SHA256, Trusted: rb.SHA256 == x.sha}
}

func (x *trusting) Give(rb *runbook.Runbook, _ incident.Actor) (revision.Grant, error) {
	if x.err == nil {
		x.sha = rb.SHA256
	}
	return revision.Grant{SHA256: rb.SHA256}, x.err
}

// TestLookAtRunbook: another text on disk is handed over with its own standing; one that can't be read
// is none.
func TestLookAtRunbook(t *testing.T) {
	other := &runbook.Runbook{SHA256: "b"}
	for name, x := range map[string]struct {
		disk    *runbook.Runbook
		err     error
		stands  string
		trusted bool
	}{
		"the same":  {stands: "a", trusted: true},
		"another":   {disk: other, stands: "b"},
		"no reader": {err: errors.New("no such file"), stands: "a", trusted: true},
	} {
		asked := ""
		s := command.Session{Runbook: &runbook.Runbook{SHA256: "a"}, Trust: &trusting{sha: "a"}, Reload: func(have string) (*runbook.Runbook, error) {
			asked = have
			return x.disk, x.err
		}}
		m := command.LookAtRunbook(s)().(command.RunbookMsg)
		if m.Runbook != x.disk || !errors.Is(m.Err, x.err) || !m.Known || m.Standing.SHA256 != x.stands || m.Standing.Trusted != x.trusted || asked != "a" {
			t.Errorf("%s: %+v, asked for %q", name, m, asked)
		}
	}
	if m := command.LookAtRunbook(command.Session{Runbook: other})().(command.RunbookMsg); m.Known || m.Runbook != nil || m.Err != nil {
		t.Errorf("with nothing to look at: %+v", m)
	}
}

func TestGiveTrust(t *testing.T) {
	rb := &runbook.Runbook{SHA256: "a"}
	if m := command.GiveTrust(&trusting{}, rb, incident.Actor{})().(command.TrustedMsg); !m.Standing.Trusted || m.Err != nil {
		t.Errorf("give gave %+v", m)
	}
	if m := command.GiveTrust(&trusting{err: errors.New("disk full")}, rb, incident.Actor{})().(command.TrustedMsg); m.Standing.Trusted || m.Err == nil {
		t.Errorf("what is not on disk is not trusted: %+v", m)
	}
}

// around is a host with one change.
type around struct{ limits *int }

func (a around) Changes(ctx context.Context) []pane.Change {
	if _, ok := ctx.Deadline(); ok {
		*a.limits++
	}
	return []pane.Change{{Text: "release"}}
}
func (a around) Examine(ctx context.Context) doctor.Report {
	if _, ok := ctx.Deadline(); ok {
		*a.limits++
	}
	return doctor.Report{Runbook: "r.md"}
}

func TestTheRest(t *testing.T) {
	limits := 0
	if m := command.LookAround(around{&limits})().(command.SurroundingsMsg); len(m.Changes) != 1 || limits != 1 {
		t.Errorf("look around gave %+v", m)
	}
	if m := command.Examine(around{&limits})().(command.ExaminedMsg); m.Report.Runbook != "r.md" || m.At.IsZero() || limits != 2 {
		t.Errorf("the doctor gave %+v", m)
	}
	m := command.Copy(func(text string) (string, error) { return "/tmp/" + text, nil }, "x")().(command.CopiedMsg)
	if m.Path != "/tmp/x" || m.Err != nil {
		t.Errorf("copy gave %+v", m)
	}
	rb := &runbook.Runbook{SHA256: "b"}
	if m := command.Lint(rb)().(command.LintedMsg); m.SHA256 != "b" {
		t.Errorf("lint gave %+v", m)
	}
	j := &journal{}
	if m := command.Revise(incidents{}, j, "a", rb, incident.Actor{})().(command.RevisedMsg); m.Journal != j || len(m.Events) != 1 || m.Events[0].ID != "ab" {
		t.Errorf("revise gave %+v", m)
	}
}
