package runbook

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// hostile are pieces that, again and again, make naive parsers quadratic.
var hostile = map[string]string{
	"brackets": "[", "links": "[a](", "images": "![", "closing": "]", "backticks": "`` ` ", "one run of backticks": "`", "stars": "**a ", "star": "a*", "underscores": "_a", "tildes": "~",
	"bars": "|a|b\n", "one row": "a|", "rows": "a|b\n-|-\n", "tables": "| Severity | Impact |\n|--|--|\n| P0 | x |\n\n", "labels": "**a**: b\n", "labels apart": "**a**: b\n\n", "labels on a line": "**a**: b ",
	"boxes": "- [ ] a\n", "items": "- a\n", "numbers": "1. a\n", "loose items": "- a\n\n", "deep": "> - ", "deep lists": "- ", "deep quotes": ">", "quotes": "> a\n", "rules": "---\n\n",
	"headings": "# a\n", "underlined": "a\n===\n", "nested headings": "# a\n## b\n### c\n#### d\n##### e\n###### f\n", "fences": "```\n", "open fences": "```bash\n", "open fences and headings": "```\n\n## a\n\n",
	"entities": "&amp;", "angle": "<a", "tags": "<a>", "comments": "<!-- a\n", "elements": "<div>\n", "table elements": "<tr><td>a</td></tr>\n", "definitions": "[a]: b\n", "boxes of sites": ":::\n",
	"mangled": "â€™", "half mangled": "Ã", "bad bytes": "\xff", "one line": "a", "words": "word ", "carriage returns": "a\r", "backslashes": "\\", "tabs": "\t", "indented": "    ls\n",
	"sev": "SEV-1/", "percents": "5% ", "durations": "every 5 minutes P1 ", "fields": "[X] ", "commands in a line": "`ls -l` ", "pages": "curl http://a/b | grep x ",
	"scenarios":  "## a\n**Symptoms**:\n- x > 5%\n\n**Fix**: `pm2 restart a`\n",
	"severities": "### P1\n- x\n\n", "steps": "1. `git log`\n```bash\n# a\nls\n```\n", "rollbacks": "## Rollback\n```bash\ngit revert <a>\n```\n", "checklists": "## Checklist\n- [ ] a\n",
	"escalation": "## Escalation\n1. On-call engineer\n", "messages": "## Message template\n```\n[X]\n```\n", "forms": "## Post-mortem template\n[x] {a}\n- a\n- b\n- c\n",
}

// hostileUnder are pieces below a heading that gives them a meaning.
var hostileUnder = map[string][]string{
	"## Checklist\n":         {"- a b\n", "1. a\n"},
	"## Rollback\n\n":        {"1. `ls -l` do\n", "git log\n\n", "**a**: b\n\n"},
	"## Rollback\n```bash\n": {"ls -l\n", "# a\n", "a \\\n", "echo a; ", "a | ", "'", "\"", "cat <<E\n", "if a; then\n", "$ ls\nout\n", "$(", "<a> "},
	"```\n":                  {"git log\n\n", "db.a.b()\n", "a: b\n"},
	"## Severity levels\n\n": {"### P1\n- error rate > 5%\n", "| P1 | x |\n", "**P1**: x\n\n"},
	"## Scenario 1: x\n\n### Symptoms\n- a\n\n### Resolution\n\n": {"1. `ls -l` do\n", "- a b\n", "**a**: b\n\n", "### a\n\ntext\n"},
	"# Post-mortem template\n\n":                                  {"- a b\n", "[X] {a}\n", "### a\n\ntext\n"},
}

// hostileTexts make, of each of the pieces, a text of about n bytes.
func hostileTexts() map[string]func(n int) string {
	texts := map[string]func(int) string{}
	add := func(name, head, piece string) {
		texts[name] = func(n int) string { return head + strings.Repeat(piece, n/len(piece)) }
	}
	for name, piece := range hostile {
		add(name, "x\n", piece)
	}
	for head, pieces := range hostileUnder {
		for _, piece := range pieces {
			add(head+piece, head, piece)
		}
	}
	return texts
}

// TestHostileTextIsLinear holds ten times the text to not much more than ten times as long.
func TestHostileTextIsLinear(t *testing.T) {
	for name, text := range hostileTexts() {
		if took := timed(t, text(60_000), 100*time.Millisecond); took > 100*time.Millisecond {
			if before := timed(t, text(6_000), 0); took > 100*time.Millisecond+40*before {
				t.Errorf("%q: 6 kB in %s, 60 kB in %s", name, before, took)
			}
		}
	}
}

// BenchmarkTenMegabytes is the bound that a person feels: none of it may take 2 s.
func BenchmarkTenMegabytes(b *testing.B) {
	for name, text := range hostileTexts() {
		b.Run(name, func(b *testing.B) {
			src := []byte(text(10_000_000))
			b.SetBytes(int64(len(src)))
			for b.Loop() {
				if _, err := Parse("test.md", src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// timed gives the processor time that parsing takes, the best of up to three, until one is good
// enough: the clock on the wall would count what else the machine is doing.
func timed(t *testing.T, text string, enough time.Duration) time.Duration {
	t.Helper()
	best := time.Hour
	for range 3 {
		start := cpuTime(t)
		parsed(t, text)
		if best = min(best, cpuTime(t)-start); best <= enough {
			break
		}
	}
	return best
}

func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
