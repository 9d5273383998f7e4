package overlay

import (
	"strconv"
	"strings"
	"time"

	"calm/model/action"
	"calm/model/signal"
	"calm/ui/pane"
	"calm/ui/row"
	"calm/ui/theme"
)

// View draws the plan, always in the same order: what runs, what calm changed in it, with what, on
// what, the way back, the proof, the warnings.
func (c *confirm) View(s pane.State, w, h int) string {
	st := &s.Theme
	c.approval.look(s, c.plan)
	b := box{edge: riskEdge(st, c.plan.Risk), title: c.title(), right: c.risk(), foot: c.foot(), top: c.top, tall: c.whole || c.approval.open}
	if c.glass != "" {
		b.edge = st.Bad
		labelled(&b.body, st, "glass", st.BadBold, inner(w), "runs without the journal: "+c.glass)
	}
	b.rightStyle = b.edge
	c.body(&b.body, s, inner(w))
	at, line := c.feet(&b.feet, s, inner(w), h < boxHeight)
	view, feet := b.render(st, w, h)
	c.top = b.top
	c.cursor = nil
	if at >= 0 && view != "" {
		c.cursor = cursorAt(at, feet+line)
	}
	return view
}

// riskEdge is the frame's colour.
func riskEdge(st *theme.Styles, risk string) theme.Style {
	switch risk {
	case changes:
		return st.Warn
	case destroys, unknown:
		return st.Bad
	}
	return st.Accent
}

// shortCommand is how many lines of a command are shown before the rest has to be asked for.
const shortCommand = 4

func (c *confirm) body(b *row.Block, s pane.State, width int) {
	st, p := &s.Theme, c.plan
	if c.approval.open {
		c.approval.body(b, st, p, width, c.whole)
	}
	c.command(b, st, width)
	for _, x := range p.Changes {
		wrapped(b, st.Muted, x, width)
	}
	if p.Written != "" && p.Written != p.Command && (p.Risk == destroys || c.whole) {
		wrapped(b, st.Muted, "runbook: "+p.Written, width)
	}
	if !c.approval.open {
		b.Blank()
	}
	c.loss(b, st, width)
	c.phases(b, st)
	c.carries(b, st)
	labelled(b, st, "on", st.Text, width, p.Where())
	if p.Host == "" && (!c.approval.open || c.whole) {
		labelled(b, st, "as", st.Text, width, as(p))
	}
	labelled(b, st, "touches", st.Text, width, p.Touches...)
	if g := c.approval.asked.Granted; g != nil && !c.approval.open {
		labelled(b, st, "agreed", st.Bold, width, g.Words())
	}
	if !p.Check {
		labelled(b, st, "undo", st.Text, width, wayBack(p))
	}
	labelled(b, st, "expect", st.Text, width, expects(p))
	labelled(b, st, "guard", st.Text, width, guards(s, p))
	if c.whole {
		c.rest(b, st, width)
	}
	c.notes(b, st, width)
}

// command is what runs, whole or its beginning.
func (c *confirm) command(b *row.Block, st *theme.Styles, width int) {
	lines := row.Wrap(st.Bold, strings.TrimRight(c.plan.Command, "\n"), width)
	if !c.whole && len(lines) > shortCommand {
		rest := len(lines) - shortCommand + 1
		lines = append(lines[:shortCommand-1:shortCommand-1], "… "+plural(rest, "more line")+": "+c.wholeKey()+" shows all")
	}
	for _, l := range lines {
		b.Put(row.New().Flex(st.Bold, l))
	}
}

func (c *confirm) wholeKey() string {
	if c.typing() {
		return "ctrl-v"
	}
	return "v"
}

// loss is what an action that destroys takes away and leaves, counted.
func (c *confirm) loss(b *row.Block, st *theme.Styles, width int) {
	if c.plan.Risk == destroys && c.plan.Lost == "" {
		labelled(b, st, "lost", st.BadBold, width, "not counted: take it that all of it is")
	}
	labelled(b, st, "lost", st.BadBold, width, c.plan.Lost)
	labelled(b, st, "kept", st.Text, width, c.plan.Kept)
}

// phases are what calm does itself, numbered.
func (c *confirm) phases(b *row.Block, st *theme.Styles) {
	if len(c.plan.Phases) == 0 {
		return
	}
	wide := 0
	for _, p := range c.plan.Phases {
		wide = max(wide, theme.Width(p.Text))
	}
	b.Blank()
	defer b.Blank()
	for i, p := range c.plan.Phases {
		r := row.New().Gap(2).Add(st.Muted, strconv.Itoa(i+1)).Gap(2)
		switch {
		case p.Risk == destroys:
			r.Flex(st.Bold, p.Text).Tail(st.BadBold, strings.ToUpper(p.Risk))
		case p.Note != "":
			r.Cell(st.Text, p.Text, min(wide, 30)).Gap(2).Flex(st.Muted, p.Note)
		default:
			r.Flex(st.Text, p.Text)
		}
		b.Put(r)
	}
}

func (c *confirm) carries(b *row.Block, st *theme.Styles) {
	label := "carries"
	for _, v := range c.plan.Carries {
		r := row.New().Cell(st.Muted, label, 9).Add(st.Text, v.Name).Gap(2)
		if v.WasSet {
			r.Flex(st.Text, v.Was+" → ")
		} else {
			r.Add(st.Muted, "unset → ")
		}
		r.Flex(st.Bold, v.Now)
		if v.From != "" {
			r.Tail(st.Muted, "from "+v.From)
		}
		b.Put(r)
		label = ""
	}
}

// as is by whom, where and with which programs.
func as(p action.Plan) string {
	parts := []string{p.User}
	if p.Dir != "" {
		parts = append(parts, "in "+p.Dir)
	}
	for _, x := range p.Programs {
		switch {
		case x.Path == "":
			parts = append(parts, x.Name+" NOT FOUND")
		case x.Version != "":
			parts = append(parts, x.Path+" "+x.Version)
		default:
			parts = append(parts, x.Path)
		}
	}
	return strings.Trim(strings.Join(parts, ", "), ", ")
}

func expects(p action.Plan) string {
	var parts []string
	for _, e := range p.Expect {
		parts = append(parts, e.Text)
	}
	switch {
	case len(parts) == 0 && p.Check:
		return ""
	case len(parts) == 0:
		return "nothing that calm can measure; you judge it"
	case p.Deadline > 0:
		return strings.Join(parts, ", ") + "; by " + within(p.Deadline)
	}
	return strings.Join(parts, ", ")
}

// within writes a deadline as the runbook would: "60 s", "5 min".
func within(d time.Duration) string {
	if d < 2*time.Minute || d%time.Minute != 0 {
		return strconv.Itoa(int(d/time.Second)) + " s"
	}
	return strconv.Itoa(int(d/time.Minute)) + " min"
}

func guards(s pane.State, p action.Plan) string {
	var parts []string
	for _, n := range p.Guards {
		parts = append(parts, s.Snapshot.Reading(n).Spec.Label)
	}
	if len(parts) == 0 {
		return ""
	}
	return "stops if " + strings.Join(parts, " or ") + " gets worse"
}

// rest is what only the whole plan shows.
func (c *confirm) rest(b *row.Block, st *theme.Styles, width int) {
	p := c.plan
	if len(p.EnvNames) > 0 {
		labelled(b, st, "env", st.Text, width, strings.Join(p.EnvNames, " "))
	}
	if p.Timeout > 0 {
		labelled(b, st, "timeout", st.Text, width, signal.Span(p.Timeout))
	}
	labelled(b, st, "lease", st.Text, width, p.Lease)
	labelled(b, st, "op", st.Muted, width, p.Op)
	labelled(b, st, "hash", st.Muted, width, p.Hash)
}

func (c *confirm) notes(b *row.Block, st *theme.Styles, width int) {
	for i, n := range c.plan.Notes {
		if i == 0 {
			b.Blank()
		}
		for j, line := range row.Wrap(st.Text, n, max(8, width-9)) {
			r := row.New().Gap(9)
			if j == 0 {
				r = row.New().Add(st.Warn, "▲").Gap(1).Cell(st.Text, "lint", 7)
			}
			b.Put(r.Flex(st.Text, line))
		}
	}
}

// feet is the question, and where the cursor stands in it: a column, -1 without one, and a line.
func (c *confirm) feet(b *row.Block, s pane.State, width int, short bool) (cursor, line int) {
	st := &s.Theme
	b.Blank()
	switch {
	case c.waiting(s.Now):
		b.Put(row.New().Flex(st.Muted, "keys wait until you have stopped typing"))
		return -1, 0
	case c.approval.open:
		return c.approval.feet(b, s, c.plan, c.wrong, width, short)
	case c.target() != "":
		cursor = c.ask(b, st, width)
		return cursor, len(*b) - 1
	}
	c.keys(b, s, width)
	return -1, 0
}

// ask is the question for the target's name.
func (c *confirm) ask(b *row.Block, st *theme.Styles, width int) (cursor int) {
	what := "name"
	if kind, _, _ := strings.Cut(c.plan.Lease, ":"); c.plan.Target != "" {
		what = map[string]string{"mongo": "database", "pm2": "process", "path": "path"}[kind]
		if what == "" {
			what = "name"
		}
	}
	if also := c.also(); also != "" {
		b.Put(row.New().Flex(st.Muted, also))
	}
	r := row.New().Add(st.Text, "Type the "+what+" to go on (").Add(st.Bold, c.target()).Add(st.Text, "):").Gap(2)
	hint, style := "esc back  ctrl-v plan", st.Muted
	if c.wrong != "" {
		hint, style = c.wrong, st.Warn
	}
	room := width - theme.Width(hint) - 2
	if room-r.Len() < theme.Width(c.target())+1 {
		b.Put(r)
		r = row.New()
	}
	cursor = c.word.Draw(r, st.Current, max(1, room-r.Len()))
	b.Put(r.Tail(style, hint))
	return cursor
}

// also is what other forms of the step can be had, where letters go into the name.
func (c *confirm) also() string {
	var out []string
	if c.rehearsable() {
		out = append(out, "ctrl-d runs its dry run, which changes nothing")
	}
	if len(c.plan.Changes) > 0 {
		out = append(out, "ctrl-o as written")
	}
	return strings.Join(out, " · ")
}

// keys are the keys of a plan that one key confirms, as many as there is room for.
func (c *confirm) keys(b *row.Block, s pane.State, width int) {
	st := &s.Theme
	r := row.New()
	switch {
	case c.unread(s.Now):
		r.Tail(st.Warn, "changed, read again")
	case c.wrong != "":
		r.Tail(st.Warn, c.wrong)
	}
	gap := 4
	if width < 60 {
		gap = 2
	}
	for i, k := range c.hints() {
		style := st.Accent
		if i == 0 {
			style = st.Current
		} else if r.Len()+gap+len(k[0])+1+len(k[1])+r.TailLen() > width {
			continue
		} else {
			r.Gap(gap)
		}
		r.Add(style, k[0]).Gap(1).Add(st.Text, k[1])
	}
	b.Put(r)
}

func (c *confirm) hints() [][2]string {
	out := [][2]string{{"y", "run it"}, {"n", "back"}, {"e", "edit"}, {"v", "whole plan"}}
	if c.whole {
		out[3][1] = "less"
	}
	if len(c.plan.Changes) > 0 {
		out = append(out, [2]string{"o", "as written"})
	}
	if c.rehearsable() {
		out = append(out, [2]string{"D", "dry run"})
	}
	return out
}

func wrapped(b *row.Block, style theme.Style, text string, width int) {
	for _, l := range row.Wrap(style, text, width) {
		b.Put(row.New().Flex(style, l))
	}
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// wayBack is how a plan is taken back, and whether a key will do it.
func wayBack(p action.Plan) string {
	if p.Inverse != nil {
		return p.Undo + "; kept ready as u"
	}
	return orElse(p.Undo, "none that the runbook or calm knows")
}
