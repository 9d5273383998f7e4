package secret

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
)

// parts are what of a value must not be seen by itself: the whole, its lines (a key is printed line
// by line), and of a URL the password, as written and as meant.
func parts(value string) []string {
	all := []string{value, strings.TrimSpace(value)}
	for line := range strings.Lines(value) {
		all = append(all, strings.TrimSpace(line))
	}
	_, rest, isURL := strings.Cut(value, "://")
	// The last @ counts: people forget to escape the one in a password.
	if at := strings.LastIndex(rest, "@"); isURL && at > 0 {
		user, password, has := strings.Cut(rest[:at], ":")
		if has {
			all = append(all, password, user+":"+password)
		}
		if meant, err := url.PathUnescape(password); err == nil && has {
			all = append(all, meant)
		}
	}
	return all
}

// forms are the ways in which programs print a text: as it is, escaped for a URL, for JSON or for a
// shell, in base64 wherever in a longer text it stood, in hex.
func forms(text string) []string {
	all := []string{text, strings.ReplaceAll(text, "'", `'\''`)}
	for _, escaped := range []string{url.QueryEscape(text), url.PathEscape(text), url.UserPassword("", text).String()[1:]} {
		all = append(all, escaped, lowerEscapes(escaped))
	}
	for _, html := range []bool{false, true} {
		var b strings.Builder
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(html)
		if enc.Encode(text) == nil {
			all = append(all, strings.Trim(strings.TrimSpace(b.String()), `"`))
		}
	}
	if len(text) >= 2*Shortest {
		for lead := range 3 {
			std := within(text, lead)
			all = append(all, std, strings.NewReplacer("+", "-", "/", "_").Replace(std))
		}
		digits := hex.EncodeToString([]byte(text))
		all = append(all, digits, strings.ToUpper(digits))
	}
	return all
}

// within is what base64 has of a text that begins lead bytes after a group of three, without the
// characters that depend on its neighbours.
func within(text string, lead int) string {
	coded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", lead) + text))
	coded = coded[(lead*8+5)/6:]
	if over := (lead + len(text)) % 3; over != 0 {
		coded = coded[:len(coded)-1]
	}
	return coded
}

// lowerEscapes writes the hex digits of a URL's escapes in lower case.
func lowerEscapes(s string) string {
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:], strings.ToLower(s[i+1:i+3]))
		}
	}
	return string(b)
}
