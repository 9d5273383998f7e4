package shell

import (
	"strings"

	"calm/model/pattern"
)

var (
	awkRedirect = pattern.New(`print[^;}\n]*>`)
	awkIndirect = pattern.New(`@\s*\w`)
)

// awk judges an awk call: its program can start commands and write files.
func awk(c *call) {
	program, ok := arg{}, false
	for i := 0; i < len(c.args); i++ {
		g := c.args[i]
		switch {
		case g.computed && !ok:
			c.in.worse(Unknown)
		case ok:
			// Files to read, and assignments.
		case g.text == "-f" || strings.HasPrefix(g.text, "--file") || g.text == "-i" || g.text == "-l" || strings.HasPrefix(g.text, "--include") || strings.HasPrefix(g.text, "--load") || g.text == "-E" || g.text == "--exec":
			c.in.worse(Unknown)
			return
		case g.text == "-F" || g.text == "-v":
			i++
		case g.isFlag():
			if !strings.HasPrefix(g.text, "-F") && !strings.HasPrefix(g.text, "-v") && g.text != "--" {
				c.in.worse(Unknown)
			}
		default:
			program, ok = g, true
		}
	}
	c.in.worse(awkProgram(program.text))
}

func awkProgram(text string) Risk {
	if strings.IndexByte(text, made) >= 0 || strings.IndexByte(text, unseen) == 0 {
		return Unknown
	}
	code := awkBare(text)
	switch {
	case strings.Contains(text, "system"), strings.Contains(text, "getline"), awkIndirect.MatchString(code),
		strings.IndexByte(strings.ReplaceAll(code, "||", ""), '|') >= 0:
		if strings.Contains(text, "rm ") || strings.Contains(text, "mkfs") {
			return Destroys
		}
		return Unknown
	case awkRedirect.MatchString(code):
		return Changes
	}
	return Reads
}

// awkBare takes an awk program's strings, regular expressions and comments
// out, where a bar is no pipe.
func awkBare(text string) string {
	var b strings.Builder
	last := byte(';') // the last character that is no space
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '#':
			for i < len(text) && text[i] != '\n' {
				i++
			}
			continue
		case c == '"', c == '/' && (strings.IndexByte("(,!~&|;{}\n<>=?:", last) >= 0 || awkKeyword(b.String())):
			for i++; i < len(text) && text[i] != c; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			b.WriteString(`""`)
			last = '"'
			continue
		}
		b.WriteByte(c)
		if c != ' ' && c != '\t' {
			last = c
		}
	}
	return b.String()
}

// awkKeyword reports whether the code ends in a word that a regular expression
// may follow.
func awkKeyword(code string) bool {
	code = strings.TrimRight(code[max(0, len(code)-40):], " \t")
	i := len(code)
	for i > 0 && isWord(code[i-1]) {
		i--
	}
	return listed("print printf return case in else do exit", code[i:])
}

// sedWrites finds the commands of sed that run a program or write a file: e,
// w, W, and the flags of s that do the same.
var (
	sedPlain = pattern.New(`^(?:(?:[0-9,$+~!\s]|/(?:[^/\\\n]|\\.)*/I?)*(?:[pdqQ=lnNgGhHxPD](?:\s*\d+)?|[{}]|s(?:/(?:[^/\\\n]|\\.)*/(?:[^/\\\n]|\\.)*/|\|(?:[^|\\\n]|\\.)*\|(?:[^|\\\n]|\\.)*\||#(?:[^#\\\n]|\\.)*#(?:[^#\\\n]|\\.)*#|,(?:[^,\\\n]|\\.)*,(?:[^,\\\n]|\\.)*,|@(?:[^@\\\n]|\\.)*@(?:[^@\\\n]|\\.)*@|:(?:[^:\\\n]|\\.)*:(?:[^:\\\n]|\\.)*:)[gIip0-9]*|[y]/[^/\n]*/[^/\n]*/|:\w+|[bt]\s*\w*|[aic]\\?[^\n]*)?\s*(?:;|\n|$)?)*$`)
)

// sed judges a sed call. -i edits files in place.
func sed(c *call) {
	scripts := c.values("-e --expression")
	files := c.operand
	if len(scripts) == 0 && !c.hasAny("-f --file") {
		if len(files) == 0 {
			c.in.worse(Unknown)
			return
		}
		scripts, files = files[:1], files[1:]
	}
	for _, s := range scripts {
		if s.computed || strings.IndexByte(s.text, made) >= 0 || !sedPlain.MatchString(s.text) {
			c.in.worse(Unknown)
		}
	}
	if c.hasAny("-i --in-place") {
		for _, f := range files {
			c.in.touch("path", f)
		}
	}
}
