package shell

import (
	"strings"

	"calm/model/pattern"
)

// Names in capitals that nobody has marked as a placeholder: COMMIT_HASH, backup_YYYYMMDD.sql,
// dump-TIMESTAMP.gz. Most words in capitals are variables' names, signals, SQL or methods, so only
// those count that end like something to fill in, and only where they stand as an argument.

// standsFor are the last parts of such a name.
var standsFor = map[string]bool{"ID": true, "HASH": true, "SHA": true, "NAME": true, "TAG": true, "IP": true, "HOST": true, "HOSTNAME": true,
	"DATE": true, "TIMESTAMP": true, "HERE": true, "VERSION": true, "NUMBER": true, "BRANCH": true, "COMMIT": true, "FILE": true, "DIR": true, "REGION": true}

// namesVariables are commands and options that take a variable's name, or a word to look for.
var namesVariables = pattern.New(`\b(?:export|unset|printenv|env|echo|grep|egrep|rg|awk|sed|set|get|read|declare|secrets?|config|variables?|vars?|build-arg|select|insert|update|where|alter|create)\b|\s-e\s*$|[|]\s*jq\b`)

// capitals returns where a name in capitals ends that begins at the offset, or -1.
func capitals(text string, at int) int {
	rest := text[at:]
	end := runOf(rest, func(c byte) bool { return c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' })
	word := strings.TrimRight(rest[:end], "_")
	if len(word) < 4 || len(word) > maxName || isAlnum(byteAt(rest, end)) {
		return -1
	}
	if strings.HasPrefix(word, "YYYY") || attached(text, at, word) {
		return at + len(word)
	}
	i := strings.LastIndexByte(word, '_')
	if i < 0 || !standsFor[word[i+1:]] {
		return -1
	}
	return at + len(word)
}

// attached says whether a word is part of a file's or image's name: "backup_TIMESTAMP.sql.gz".
func attached(text string, at int, word string) bool {
	if word != "TIMESTAMP" && word != "DATE" && word != "VERSION" {
		return false
	}
	joint := func(c byte) bool { return c == '_' || c == '-' || c == '.' || c == ':' || c == '/' }
	return joint(byteAt(text, at-1)) && at > 1 && isAlnum(byteAt(text, at-2))
}

// acceptCapitals looks at what stands around a name in capitals: an assignment, a variable being read,
// an option, and a command that takes names of variables are none.
func acceptCapitals(text string, start, end int, lines *lineIndex) bool {
	before, after := byteAt(text, start-1), byteAt(text, end)
	if isAlnum(before) || before == '$' || before == '{' || before == '%' || after == '=' || after == '(' || after == '}' {
		return false
	}
	if before == '-' && !isAlnum(byteAt(text, start-2)) {
		return false
	}
	line := lines.around(start)
	return !strings.HasPrefix(strings.TrimSpace(line), "#") && !openQuote(line) && strings.TrimSpace(line) != "" &&
		!namesVariables.MatchString(strings.ToLower(line))
}
