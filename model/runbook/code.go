package runbook

import (
	"strings"

	"calm/model/runbook/shell"
)

// shellLanguages are the info strings that mean commands.
var shellLanguages = wordSet(`bash sh shell console zsh ksh fish shell-session shellsession terminal term cli cmd command commands powershell ps1 bat`)

// proseLanguages are the info strings of blocks that are to be read.
var proseLanguages = wordSet(`text txt plain plaintext log logs output markdown md mermaid none diff ascii csv`)

// codeSteps splits a block of code into steps; their Start and End are offsets in the block's text.
func codeSteps(b *block) []Step {
	content, lang := b.text(), b.lang()
	if strings.TrimSpace(content) == "" {
		return nil
	}
	switch {
	case shellLanguages[lang], lang == "" && shell.LooksLikeShell(content):
		return shellSteps(content, lang)
	case lang == "" || proseLanguages[lang]:
		return []Step{{Part: Part{End: len(content)}, Kind: ProseStep, Text: content, Risk: shell.Reads, Language: lang}}
	case lang == "nginx":
		return []Step{{Part: Part{End: len(content)}, Kind: NginxStep, Text: content, Risk: shell.Changes, Language: lang, Placeholders: shell.Placeholders(content)}}
	case lang == "cron" || lang == "crontab":
		return []Step{{Part: Part{End: len(content)}, Kind: CronStep, Text: content, Risk: shell.Changes, Language: lang, Placeholders: shell.Placeholders(content)}}
	}
	return []Step{{Part: Part{End: len(content)}, Kind: CodeStep, Text: content, Risk: shell.Unknown, Language: lang, Placeholders: shell.Placeholders(content)}}
}

// shellSteps takes over what the shell analysis found.
func shellSteps(content, lang string) []Step {
	var out []Step
	for _, s := range shell.Split(content, lang) {
		step := Step{Part: Part{Title: plain(s.Title), Start: s.Start, End: s.End}, Kind: s.Kind, Text: s.Text, Output: s.Output}
		if s.Kind == shell.KindCode {
			step.Language = lang
		}
		out = append(out, analyzed(step, s.Analysis))
	}
	return out
}

// analyzed fills a step with the result of an analysis.
func analyzed(s Step, a shell.Analysis) Step {
	s.Risk, s.Programs, s.Placeholders = a.Risk, a.Programs, a.Placeholders
	s.EnvReads, s.EnvSets, s.Touches = a.EnvReads, a.EnvSets, a.Touches
	s.Endless, s.Interactive, s.Expect, s.Remote = a.Endless, a.Interactive, a.Expect, a.RemoteHost
	return s
}
