package logs

import "bytes"

// spoken is a line as a person would say it: of mongod's structured lines the severity, the
// component, the message and its attributes, which stand behind a hundred bytes that nobody reads
// (mongodb.com/docs/manual/reference/log-messages, since 4.4). Any other line is itself. The line may
// be the beginning of a longer one.
func spoken(line []byte) []byte {
	if !bytes.HasPrefix(line, []byte(`{"t":{"$date":`)) {
		return line
	}
	msg, rest, ok := quoted(line, `"msg":"`)
	if !ok {
		return line
	}
	var out []byte
	for _, key := range []string{`"s":"`, `"c":"`} {
		if word, _, ok := quoted(line, key); ok {
			out = append(append(out, word...), ' ')
		}
	}
	out = append(out, msg...)
	if _, attr, ok := bytes.Cut(rest, []byte(`"attr":{`)); ok {
		attr = bytes.TrimSuffix(attr, []byte("}}"))
		out = append(append(out, "  "...), attr...)
	}
	return out
}

// quoted is the string of a key, as it is written, and what follows it.
func quoted(line []byte, key string) (value, rest []byte, ok bool) {
	_, after, found := bytes.Cut(line, []byte(key))
	if !found {
		return nil, nil, false
	}
	for i := 0; i < len(after); i++ {
		switch after[i] {
		case '\\':
			i++
		case '"':
			return after[:i], after[i+1:], true
		}
	}
	return nil, nil, false
}
