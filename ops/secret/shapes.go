package secret

import (
	"regexp"
	"strings"
	"sync"
)

// shape is the look of a secret that nobody named. Its value is the last group of the pattern.
type shape struct {
	name    string   // shown in its place; empty means what the first group holds
	hints   []string // one of which stands, in lower case, in any line that the pattern can match
	pattern func() *regexp.Regexp
}

func lazily(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// The shapes. Prefixes of tokens are those that their issuers publish so that scanners find them.
var shapes = []shape{
	{"login", []string{"://"}, lazily(`[A-Za-z][A-Za-z0-9+.-]*://([^\s/?#@"'‹]+:[^\s@"'‹]*)@`)},
	{"authorization", []string{"bearer ", "basic ", "bearer\t", "basic\t"}, lazily(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})`)},
	{"webhook", []string{"hooks.slack.com"}, lazily(`hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{10,})`)},
	{"jwt", []string{"eyj"}, lazily(`\b(eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})`)},
	{"token", []string{"gh", "glpat-", "xox", "sk-", "sk_", "rk_", "npm_", "sg.", "pat-", "aiza", "pypi-"},
		lazily(`\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[A-Za-z0-9_-]{18,}|xox[abeprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|npm_[A-Za-z0-9]{36}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|AIza[A-Za-z0-9_-]{35}|pypi-[A-Za-z0-9_-]{30,})`)},
	{"key", []string{"akia", "asia"}, lazily(`\b((?:AKIA|ASIA)[A-Z0-9]{16})\b`)},
	{"", []string{"passw", "passphrase", "secret", "token", "apikey", "api_key", "privatekey", "private_key", "accesskey", "access_key", "credential", "mongo_ur", "mongodb_ur"},
		lazily(`(?i)\b([A-Z0-9_.-]*(?:password|passwd|passphrase|secret|token|api_?key|private_?key|access_?key|credentials?|mongo(?:db)?_ur[il]))["'\x60]?\s*(?:=|:|│)\s*["'\x60]?([^\s"'\x60,;‹]{6,})`)},
}

// said are words that stand in a secret's place without being one.
var said = regexp.MustCompile(`^(?:\$|<|\[|\{|process\.env|undefined|string|boolean|function|required|optional|expired|invalid|missing|\(|\*+$|x+$|\.+$|%)`)

const (
	keyBegins = "-----BEGIN "
	keyEnds   = "-----END "
)

// shapes hides what looks like a secret, line by line.
func (w *Writer) shapes(text string) string {
	if !w.inKey && !suspicious(text) {
		return text
	}
	var b strings.Builder
	for line := range strings.Lines(text) {
		if kept, ok := w.outsideKey(line); !ok {
			b.WriteString(kept)
			continue
		}
		b.WriteString(w.line(line))
	}
	return b.String()
}

// suspicious spares most text the look line by line.
func suspicious(text string) bool {
	if strings.Contains(text, keyBegins) {
		return true
	}
	lower := strings.ToLower(text)
	for _, s := range shapes {
		for _, hint := range s.hints {
			if strings.Contains(lower, hint) {
				return true
			}
		}
	}
	return false
}

// outsideKey says whether a line is none of a private key's; for one that is, what is kept of it.
func (w *Writer) outsideKey(line string) (kept string, outside bool) {
	_, after, begins := strings.Cut(line, keyBegins)
	_, last, ends := strings.Cut(line, keyEnds)
	switch {
	case w.inKey && ends:
		w.inKey = false
		return keyEnds + last, false
	case w.inKey:
		return "", false
	case begins && strings.Contains(after, "PRIVATE KEY"):
		_, rest, ends := strings.Cut(after, keyEnds)
		w.inKey = !ends
		if ends {
			rest = keyEnds + rest
		} else {
			rest = "\n"
		}
		return line[:len(line)-len(after)] + "‹private key›" + rest, false
	}
	return "", true
}

func (w *Writer) line(line string) string {
	lower := strings.ToLower(line)
	for _, s := range shapes {
		for _, hint := range s.hints {
			if strings.Contains(lower, hint) {
				line = w.hide(s, line)
				break
			}
		}
	}
	return line
}

// hide puts marks for what a shape's pattern finds.
func (w *Writer) hide(s shape, line string) string {
	found := s.pattern().FindAllStringSubmatchIndex(line, -1)
	if found == nil {
		return line
	}
	var b strings.Builder
	at := 0
	for _, m := range found {
		from, to := m[len(m)-2], m[len(m)-1]
		value, name := line[from:to], s.name
		if name == "" {
			name = line[m[2]:m[3]]
			if said.MatchString(value) {
				continue
			}
		}
		b.WriteString(line[at:from] + Mark(w.key, name, value))
		at = to
	}
	return b.String() + line[at:]
}
