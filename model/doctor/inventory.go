package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"calm/model/runbook"
	"calm/model/runbook/shell"
)

// Inventory lists what a runbook names of a host, each thing once, with the steps that need it. A
// placeholder is no name, and what an earlier step of the same part makes is not listed: a variable
// that it exports, a folder that it dumps into. All are unknown until somebody has looked.
func Inventory(rb *runbook.Runbook) []Thing {
	g := gatherer{runbook: rb, at: map[key]int{}}
	var p part
	rb.EachStep(func(ref runbook.StepRef) bool {
		if p.id != ref.Part {
			p = part{id: ref.Part, sets: map[string]bool{}}
		}
		g.step(ref, &p)
		return true
	})
	g.remedies()
	g.sites()
	g.people()
	slices.SortStableFunc(g.things, byKind)
	return g.things
}

func byKind(a, b Thing) int {
	return cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind))
}

// part is what the steps of one scenario or procedure have done so far.
type part struct {
	id   string
	sets map[string]bool // variables
	made []string        // files and folders
	dir  string          // where cd led to; empty is where steps begin
}

type key struct {
	kind Kind
	name string
}

// gatherer collects things in the order of the file.
type gatherer struct {
	runbook *runbook.Runbook
	things  []Thing
	at      map[key]int
}

// add notes one name at a place, and gives the thing to be told more of.
func (g *gatherer) add(kind Kind, name string, at Place) *Thing {
	k := key{kind, name}
	i, ok := g.at[k]
	if !ok {
		i = len(g.things)
		g.at[k] = i
		g.things = append(g.things, Thing{Kind: kind, Name: name, State: Unknown})
	}
	t := &g.things[i]
	if !slices.ContainsFunc(t.NeededBy, func(p Place) bool { return p.Line == at.Line }) {
		t.NeededBy = append(t.NeededBy, at)
	}
	return t
}

// open says whether a name still has a placeholder in it.
func open(name string) bool {
	return strings.IndexByte(name, hole) >= 0 || len(shell.Placeholders(name)) > 0
}

func (g *gatherer) step(ref runbook.StepRef, p *part) {
	s, at := ref.Step, g.place(ref)
	text := masked(s.Text)
	switch s.Kind {
	case runbook.ShellStep:
		c := commands(text)
		if host, ok := c.elsewhere(); ok {
			g.add(Program, "ssh", at)
			if !open(host) {
				h := g.add(Host, bare(host), at)
				h.How.Login, h.How.Inside = true, true
			}
			return
		}
		g.programs(s, at)
		g.variables(s, text, p, at)
		g.paths(s, c, p, at)
		g.history(s, c, at)
		g.touches(s, c, at)
		g.javascript(s.Text, at)
	case runbook.NginxStep:
		g.locations(s.Text, at)
	case runbook.CodeStep, runbook.JSStep:
		if s.File != "" && !open(s.File) {
			g.add(Path, s.File, at)
		}
		g.touches(s, calls{}, at)
		g.javascript(s.Text, at)
	case runbook.CronStep:
		g.programs(s, at)
		g.touches(s, calls{}, at)
	case runbook.ProseStep:
		g.javascript(quotedCode(s.Text), at)
	}
}

// place says where a step stands, as a person would: "Scenario 2, resolution 3".
func (g *gatherer) place(ref runbook.StepRef) Place {
	at := Place{ID: ref.Step.ID, Line: ref.Step.Line}
	if !ref.Scenario {
		at.Title = fmt.Sprintf("%s, step %d", ref.Title, ref.Index)
		return at
	}
	sc, _ := g.runbook.ScenarioByID(ref.Part)
	name, n := sc.Title, ref.Index
	if sc.Number > 0 {
		name = fmt.Sprintf("Scenario %d", sc.Number)
	}
	if i := slices.IndexFunc(sc.Resolution, func(it runbook.Item) bool { return it.ID == ref.Item }); ref.Item != "" && i >= 0 {
		n = cmp.Or(sc.Resolution[i].Number, i+1)
	}
	at.Title = fmt.Sprintf("%s, %s %d", name, ref.Group, n)
	return at
}

func (g *gatherer) programs(s runbook.Step, at Place) {
	for _, p := range s.Programs {
		if !open(p) && !strings.ContainsAny(p, "$*{") {
			g.add(Program, p, at)
		}
	}
}

// touches takes what the shell analysis found.
func (g *gatherer) touches(s runbook.Step, c calls, at Place) {
	for _, t := range s.Touches {
		if open(t.Name) || strings.Contains(t.Name, "$") {
			continue
		}
		switch t.Kind {
		case "pm2":
			if t.Name != "all" && strings.Trim(t.Name, "0123456789") != "" {
				g.add(Process, t.Name, at)
			}
		case "url":
			g.url(s, c, t.Name, at)
		case "mongo":
			g.mongo(c, t.Name, at)
		case "host":
			h := g.add(Host, bare(t.Name), at)
			h.How.Login = h.How.Login || s.Remote != "" || c.has("ssh") || c.has("scp") || c.has("rsync")
		}
	}
}

func (g *gatherer) url(s runbook.Step, c calls, name string, at Place) {
	if !strings.HasPrefix(name, "http://") && !strings.HasPrefix(name, "https://") {
		return
	}
	u := g.add(URL, name, at)
	u.How.Asks = u.How.Asks || s.Risk == shell.Reads
	u.How.Credentials = u.How.Credentials || c.credentials()
}

// mongo takes a collection, with its database before it or not, or a database.
func (g *gatherer) mongo(c calls, name string, at Place) {
	switch {
	case strings.Contains(name, "://"):
		if _, db, ok := strings.Cut(strings.SplitN(name, "://", 2)[1], "/"); ok && db != "" {
			g.add(Database, db, at)
		}
	case c.database(name):
		g.add(Database, name, at)
	default:
		g.add(Collection, name, at)
	}
}

// bare is a host without its user.
func bare(host string) string {
	if _, h, ok := strings.Cut(host, "@"); ok {
		return h
	}
	return host
}
