package doctor

import (
	"slices"
	"strings"

	"calm/model/action"
	"calm/model/pattern"
	"calm/model/runbook"
)

// environRead finds the variables that JavaScript takes from the environment.
var environRead = pattern.New(`\bprocess\.env\.([A-Za-z_]\w*)`)

// variables notes those that a step needs and that no earlier step of its part has set.
func (g *gatherer) variables(s runbook.Step, text string, p *part, at Place) {
	names := slices.Clone(s.EnvReads)
	for _, m := range environRead.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(names, m[1]) {
			names = append(names, m[1])
		}
	}
	fallback := commands(text).fallback
	for _, name := range names {
		if !p.sets[name] && !fallback[name] {
			g.add(Variable, name, at)
		}
	}
	for _, name := range s.EnvSets {
		p.sets[name] = true
	}
}

// history notes what a step asks of the checkout: that there is one, and the revisions it names.
func (g *gatherer) history(s runbook.Step, c calls, at Place) {
	if !slices.ContainsFunc(c.list, inCheckout) {
		return
	}
	g.add(Commit, "HEAD", at)
	for _, t := range s.Touches {
		if t.Kind != "git" || open(t.Name) || strings.HasPrefix(t.Name, "HEAD") || strings.HasPrefix(t.Name, "-") || strings.ContainsAny(t.Name, "@^~$*") {
			continue
		}
		g.add(Commit, t.Name, at)
	}
}

// inCheckout says whether a call is of git, about the checkout that it stands in.
func inCheckout(c action.Call) bool {
	return c.Is("git") && !c.Is("git", "clone", "config", "version", "help", "ls-remote") && !c.Has("--version")
}

// remedies notes what the sentences of the resolutions quote.
func (g *gatherer) remedies() {
	for _, sc := range g.runbook.Scenarios {
		for i, it := range sc.Resolution {
			g.javascript(quotedCode(it.Text), g.place(runbook.StepRef{
				Part: sc.ID, Title: it.Title, Group: "resolution", Item: it.ID, Index: i + 1, Scenario: true, Step: runbook.Step{Part: runbook.Part{Line: it.Line}},
			}))
		}
	}
}

// code is what a sentence has in backticks.
var code = pattern.New("`([^`\n]+)`")

func quotedCode(text string) string {
	var b strings.Builder
	for _, m := range code.FindAllStringSubmatch(text, -1) {
		b.WriteString(m[1] + "\n")
	}
	return b.String()
}

var (
	collectionCall = pattern.New(`\bdb\.([A-Za-z_][\w-]*)\.[A-Za-z]+\(`)
	indexCall      = pattern.New(`\bdb\.([A-Za-z_][\w-]*)\.(?:(createIndex|ensureIndex|dropIndex|hideIndex|unhideIndex)|[^\n;]*?\.(hint))\(\s*(?:(\{[^{}]*\})|["']([^"']+)["'])`)
	indexKey       = pattern.New(`["']?([\w.$*-]+)["']?\s*:\s*["']?([\w.-]+)["']?`)
)

// javascript notes the collections and indexes that mongosh is told of.
func (g *gatherer) javascript(text string, at Place) {
	for _, m := range collectionCall.FindAllStringSubmatch(text, -1) {
		g.add(Collection, m[1], at)
	}
	for _, m := range indexCall.FindAllStringSubmatch(text, -1) {
		name, keys := m[5], Keys(m[4])
		if name == "" && keys == "" {
			continue
		}
		if name == "" {
			name = "{ " + keys + " }"
		}
		t := g.add(Index, m[1]+" "+name, at)
		t.How.Of, t.How.Keys = m[1], keys
		if m[2] == "createIndex" || m[2] == "ensureIndex" {
			t.How.Made = at.Line
		}
	}
}

// Keys is an index's pattern in one form, whatever its spaces and quotes: "readyToShip: 1, category: 1".
func Keys(pattern string) string {
	var parts []string
	for _, m := range indexKey.FindAllStringSubmatch(pattern, -1) {
		parts = append(parts, m[1]+": "+m[2])
	}
	return strings.Join(parts, ", ")
}

// locations notes the blocks that a fragment of nginx configuration puts in.
func (g *gatherer) locations(text string, at Place) {
	for line := range strings.Lines(text) {
		head, _, ok := strings.Cut(strings.TrimSpace(line), "{")
		if head = strings.Join(strings.Fields(head), " "); ok && strings.HasPrefix(head, "location ") && !open(head) {
			g.add(Site, head, at)
		}
	}
}

// sites notes the names that nginx must answer for: those of the addresses that calm watches, when
// the runbook has anything to do with nginx.
func (g *gatherer) sites() {
	var at []Place
	for _, t := range g.things {
		if t.Kind == Site || t.Kind == Program && t.Name == "nginx" {
			at = append(at, t.NeededBy...)
		}
	}
	if len(at) == 0 {
		return
	}
	page, _ := g.runbook.PageMarker()
	for _, raw := range []string{page, g.runbook.HealthURL(), g.runbook.MetricsURL()} {
		host, _ := address(raw)
		if !strings.Contains(host, ".") || strings.Trim(host, "0123456789.") == "" {
			continue
		}
		for _, p := range at {
			g.add(Site, host, p)
		}
	}
}

var (
	channelName = pattern.New("(?:^|[\\s(`,/])(#[a-z][a-z0-9_-]{2,})")
	webAddress  = pattern.New("https?://[^\\s\"'`<>|)\\]]+")
	document    = pattern.New("(?:^|[\\s(`])((?:[\\w.-]+/)+[\\w-]+\\.(?:md|html|txt|pdf))")
)

// people notes what the runbook sends a person to: channels, pages, documents.
func (g *gatherer) people() {
	rb := g.runbook
	for _, s := range rb.Severities {
		for _, c := range s.Channels {
			g.channels(c, Place{ID: s.ID, Title: s.Name(), Line: s.Line})
		}
	}
	for _, e := range rb.Escalation {
		g.channels(e.Contact, Place{ID: e.ID, Title: e.Title, Line: e.Line})
	}
	for _, t := range rb.Templates {
		g.channels(t.Channel, Place{ID: t.ID, Title: t.Title, Line: t.Line})
	}
	rb.EachStep(func(ref runbook.StepRef) bool {
		if ref.Step.Kind == runbook.ProseStep {
			g.channels(ref.Step.Text, g.place(ref))
		}
		return true
	})
	for _, c := range rb.Contacts {
		at := Place{Title: c.Name, Line: c.Line}
		g.channels(c.How, at)
		for _, raw := range webAddress.FindAllString(c.How, -1) {
			raw = strings.TrimRight(raw, ".,;")
			if _, asked := g.at[key{URL, raw}]; !open(raw) {
				u := g.add(URL, raw, at)
				u.How.Asked = u.How.Asked || !asked // unless a step asks it too
			}
		}
		for _, m := range document.FindAllStringSubmatch(webAddress.ReplaceAllString(c.How, ""), -1) {
			g.add(Path, m[1], at).How.Beside = true
		}
	}
}

func (g *gatherer) channels(text string, at Place) {
	for _, m := range channelName.FindAllStringSubmatch(text, -1) {
		t := g.add(Channel, m[1], at)
		t.How.Asked = true
		t.Detail = "calm posts nowhere by itself"
		t.Help = "look whether it is there, and whether the people on call are in it"
	}
}
