package runbook

import (
	"strings"

	"calm/model/runbook/shell"
)

// shellLanguages are the info strings that mean commands: they are no language of what turned out
// to be something else.
var shellLanguages = wordSet(`bash sh shell console zsh ksh fish shell-session shellsession terminal term cli cmd command commands`)

// runLanguages are other languages in which a block is something to run.
var runLanguages = wordSet(`powershell ps1 pwsh bat sql mysql psql postgresql mongosh mongo redis nginx cron crontab kql`)

// looksLikeShell asks the shell analysis once whether a block without a language holds commands.
func (b *block) looksLikeShell() bool {
	if !b.asked {
		b.asked, b.shellish = true, shell.LooksLikeShell(b.text())
	}
	return b.shellish
}

// isCommands says whether a block of code is something to run rather than to read.
func (b *block) isCommands() bool {
	lang := b.lang()
	return shellLanguages[lang] || runLanguages[lang] || lang == "" && b.looksLikeShell()
}

// codeSteps splits a block of code into steps; their Start and End are offsets in the block's text.
func codeSteps(b *block) []Step {
	// A fence's last line ends like the others.
	content, lang := b.text()+"\n", b.lang()
	if strings.TrimSpace(content) == "" {
		return nil
	}
	if lang == "" && !b.looksLikeShell() {
		return []Step{{Part: Part{End: len(content)}, Kind: ProseStep, Text: content, Risk: shell.Reads}}
	}
	var out []Step
	found := shell.Split(content, lang)
	for _, s := range found {
		step := Step{Part: Part{Title: plain(s.Title), Start: s.Start, End: s.End}, Kind: s.Kind, Text: s.Text, Output: s.Output}
		if s.Kind != ShellStep && !shellLanguages[lang] {
			step.Language = lang
		}
		out = append(out, analyzed(step, s.Analysis))
	}
	noteComments(content, found, out)
	return out
}

// analyzed fills a step with the result of an analysis.
func analyzed(s Step, a shell.Analysis) Step {
	s.Risk, s.Programs, s.Placeholders = a.Risk, a.Programs, a.Placeholders
	s.EnvReads, s.EnvSets, s.Touches = a.EnvReads, a.EnvSets, a.Touches
	s.Endless, s.Interactive, s.Expect, s.Remote = a.Endless, a.Interactive, a.Expect, a.RemoteHost
	s.Calls = a.Calls
	return s
}

// noteComments keeps the comments that became neither a title nor an expectation: one beside a
// command is its title when it has none; the others are notes of the command below, or of the last.
func noteComments(content string, found []shell.Step, steps []Step) {
	if len(steps) == 0 {
		return
	}
	said := func(i int, text string) bool {
		for j := max(i-1, 0); j < min(i+1, len(steps)); j++ {
			s := &steps[j]
			if strings.Contains(s.Title, text) || strings.Contains(s.Note, text) || strings.Contains(s.Text, text) || strings.Contains(s.Output, text) ||
				s.Expect != nil && strings.Contains(s.Expect.Text, text) {
				return true
			}
		}
		return false
	}
	at := 0
	for i := 0; i <= len(found); i++ {
		end := len(content)
		if i < len(found) {
			end = found[i].TextStart
		}
		if end > at {
			sameLine := true
			for _, line := range strings.Split(content[at:end], "\n") {
				text := plain(strings.Trim(line, "#-=* \t\r"))
				beside := sameLine && i > 0
				sameLine = false
				if text == "" || said(i, text) || !strings.Contains(line, "#") {
					continue
				}
				switch {
				case beside && (steps[i-1].Title == ""):
					steps[i-1].Title = text
				case beside || i == len(steps):
					addText(&steps[max(i-1, 0)].Note, text)
				default:
					addText(&steps[i].Note, text)
				}
			}
		}
		if i < len(found) {
			at = max(at, found[i].TextStart+len(found[i].Text))
		}
	}
}
