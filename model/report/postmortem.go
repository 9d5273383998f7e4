package report

import (
	_ "embed"
	"strings"

	"calm/model/runbook"
)

// neutral is the post-mortem of a runbook that has none.
//
//go:embed postmortem.md
var neutral string

// PostMortem fills the runbook's post-mortem template. Its headings, tables and their order are
// kept; the rows of its timeline become those of the journal, in UTC; what a person must say stays
// as the template has it and is listed as open. A nil template is calm's own. The result is
// Markdown in which no text of the incident can open a table, a fence or HTML.
func PostMortem(pm *runbook.PostMortem, in Input) (md string, filled, open []Field) {
	body, fields := neutral, []string(nil)
	if pm != nil && strings.TrimSpace(pm.Body) != "" {
		body, fields = pm.Body, pm.Fields
	}
	f := factsOf(in)
	f.document = true
	w := &paper{writer: writer{facts: f, fields: fields, markdown: true}}
	w.lines = strings.Split(unwrapped(strings.ReplaceAll(body, "\r\n", "\n")), "\n")
	w.write()
	return w.title() + strings.TrimSpace(strings.Join(w.out, "\n")) + "\n", w.filled, w.open
}

// unwrapped takes the fence off a template that is shown as one block of Markdown, and the rule
// that ends the section of the runbook.
func unwrapped(body string) string {
	body = strings.TrimSpace(body)
	body = strings.TrimSpace(strings.TrimSuffix(body, "\n---"))
	lines := strings.Split(body, "\n")
	open := fenceOf(lines[0])
	if open == "" || len(lines) < 3 {
		return body
	}
	for i, l := range lines[1:] {
		if closes(l, open) {
			if i+2 == len(lines) {
				return strings.Join(lines[1:len(lines)-1], "\n")
			}
			return body
		}
	}
	return body
}

// paper is a post-mortem being written.
type paper struct {
	writer
	lines []string
	out   []string

	timeline bool // the journal's rows are in
	commands bool // the commands are in
	counted  bool // the failed requests are in
}

func (w *paper) title() string {
	i := w.Incident
	t := "# Post-mortem"
	if i.Number > 0 {
		t += " #" + itoa(i.Number)
	}
	if i.Title != "" {
		t += ": " + escaped(i.Title)
	}
	return t + "\n\n"
}

// write goes through the template once, handing over the parts that are replaced whole.
func (w *paper) write() {
	for n := 0; n < len(w.lines); {
		line := w.lines[n]
		switch {
		case w.fence == "" && fenceOf(line) != "":
			n = w.block(n)
		case w.fence == "" && !w.timeline && w.isTimeline(n):
			n = w.rows(n)
		default:
			if headingLine.MatchString(line) {
				w.leave()
			}
			w.out = append(w.out, w.line(line)...)
			n++
		}
	}
	w.leave()
	if !w.timeline {
		w.added("Timeline (all times in UTC; added by calm)", tableRows("| Time | Event |", "|------|-------|", w.entries(), true))
	}
	if text := w.facts.commands(); text != "" && !w.commands {
		fence := longer("```", text)
		w.added("Commands run (added by calm)", []string{fence + "bash", text, fence})
	}
}

// added puts a section after the template for what it has no place for.
func (w *paper) added(heading string, lines []string) {
	for len(w.out) > 0 && strings.TrimSpace(w.out[len(w.out)-1]) == "" {
		w.out = w.out[:len(w.out)-1]
	}
	w.out = append(w.out, "", "### "+heading, "")
	w.out = append(w.out, lines...)
}

// leave ends a section. Under the one about the impact goes the number of failed requests, when it
// is known and the template did not ask for it.
func (w *paper) leave() {
	if w.counted || w.Failed == nil || !strings.Contains(strings.ToLower(w.heading), "impact") {
		return
	}
	w.counted = true
	value := w.failed() + ", counted by " + w.Failed.Source
	if w.asked(value) {
		return
	}
	at := len(w.out)
	for at > 0 && strings.TrimSpace(w.out[at-1]) == "" {
		at--
	}
	tail := append([]string(nil), w.out[at:]...)
	item := "- **Requests failed**: " + escaped(value)
	if at > 0 && strings.HasPrefix(strings.TrimSpace(w.out[at-1]), "|") {
		tail = append([]string{""}, tail...)
		w.out = append(w.out[:at], "", item)
	} else {
		w.out = append(w.out[:at], item)
	}
	w.out = append(w.out, tail...)
}

func (w *paper) asked(value string) bool {
	for _, f := range w.filled {
		if f.Value != "" && strings.HasPrefix(value, f.Value) {
			return true
		}
	}
	return false
}

// block writes a code fence of the template. Filled text must not end it, so it grows as needed.
func (w *paper) block(n int) int {
	first, open := w.lines[n], fenceOf(w.lines[n])
	end := n + 1
	for end < len(w.lines) && !closes(w.lines[end], open) {
		end++
	}
	w.fence = open
	var body []string
	before := len(w.filled)
	for _, line := range w.lines[n+1 : min(end, len(w.lines))] {
		body = append(body, w.line(line)...)
	}
	w.fence = ""
	for _, f := range w.filled[before:] {
		if f.Value == w.facts.commands() {
			w.commands = true
		}
	}
	fence := open
	if len(w.filled) > before {
		fence = longer(open, strings.Join(body, "\n"))
	}
	w.out = append(w.out, strings.Replace(first, open, fence, 1))
	w.out = append(w.out, body...)
	if end < len(w.lines) {
		w.out = append(w.out, strings.Replace(w.lines[end], strings.TrimSpace(w.lines[end]), fence, 1))
		end++
	} else {
		w.out = append(w.out, fence)
	}
	return end
}
