package shell

import "strings"

// DocumentCall is one call of a method on a collection, or on a database, in the JavaScript that mongosh
// is given.
type DocumentCall struct {
	Database   string // of getSiblingDB; "" is the one that the address names
	Collection string // "" for a method of the database itself
	Method     string
	Args       []string // as written
}

// DocumentCalls reads a text that is nothing but such calls, one after the other. ok is false for any
// other: a loop, a variable, a call on what another one gives back.
func DocumentCalls(js string) (calls []DocumentCall, ok bool) {
	for _, statement := range splitJS(js, ";\n") {
		if statement = strings.TrimSpace(statement); statement == "" {
			continue
		}
		c, ok := documentCall(statement)
		if !ok {
			return nil, false
		}
		calls = append(calls, c)
	}
	return calls, len(calls) > 0
}

// documentCall reads db.NAME.method(…), with getSiblingDB and getCollection for the names.
func documentCall(text string) (c DocumentCall, ok bool) {
	rest, ok := strings.CutPrefix(text, "db.")
	for ok {
		n := runOf(rest, isWord)
		name := rest[:n]
		rest = rest[n:]
		if name == "" {
			return c, false
		}
		if after, more := strings.CutPrefix(rest, "."); more {
			c.Collection = strings.TrimPrefix(c.Collection+"."+name, ".")
			rest = after
			continue
		}
		args, after, called := argumentsJS(rest)
		if !called {
			return c, false
		}
		value, named := stringJS(args)
		switch {
		case name == "getSiblingDB" && named && c.Database == "" && c.Collection == "" && strings.HasPrefix(after, "."):
			c.Database = value
		case name == "getCollection" && named && c.Collection == "" && strings.HasPrefix(after, "."):
			c.Collection = value
		default:
			c.Method, c.Args = name, args
			return c, strings.TrimSpace(after) == ""
		}
		rest = after[1:]
	}
	return c, false
}

// argumentsJS takes the arguments of a call off the front of a text.
func argumentsJS(text string) (args []string, rest string, ok bool) {
	if byteAt(text, 0) != '(' {
		return nil, "", false
	}
	end := closingJS(text)
	if end < 0 {
		return nil, "", false
	}
	for _, a := range splitJS(text[1:end], ",") {
		if a = strings.TrimSpace(a); a != "" {
			args = append(args, a)
		}
	}
	return args, text[end+1:], true
}

// stringJS is the value of the only argument, when that is a plain string.
func stringJS(args []string) (string, bool) {
	if len(args) != 1 || len(args[0]) < 2 {
		return "", false
	}
	q, body := args[0][0], args[0][1:len(args[0])-1]
	ok := (q == '"' || q == '\'') && args[0][len(args[0])-1] == q && !strings.ContainsAny(body, "\\\"'")
	return body, ok
}

// closingJS is the offset of what closes the bracket at the beginning; -1 for none.
func closingJS(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\'', '`':
			_, next, _ := jsQuoted(text, i)
			i = next - 1
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// splitJS splits at marks that stand in no bracket and in no string.
func splitJS(text, marks string) (parts []string) {
	depth, from := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\'' || c == '`':
			_, next, _ := jsQuoted(text, i)
			i = max(i, next-1)
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case depth <= 0 && strings.IndexByte(marks, c) >= 0:
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}
