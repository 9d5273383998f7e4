package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

var testKey = bytes.Repeat([]byte{7}, keySize)

const (
	uri     = "mongodb://calm:p%40ss+w0rd/5@db-1:27017/aurora?tls=true"
	apiKey  = "sk-canary'\"&<0123456789>"
	private = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nq83nVYk2Xw0u5c6aQxkR\n-----END PRIVATE KEY-----\n"
)

func known() []Known {
	return []Known{{"MONGODB_URI", uri}, {"DEEPSEEK_API_KEY", apiKey}, {"SIGNING_KEY", private}, {"SHORT", "abc"}}
}

// spellings are the ways in which a value may come out of a program.
func spellings(t *testing.T, value string) map[string]string {
	t.Helper()
	j, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"as it is":   value,
		"query":      url.QueryEscape(value),
		"path":       url.PathEscape(value),
		"lower":      lowerEscapes(url.QueryEscape(value)),
		"JSON":       string(j),
		"base64":     base64.StdEncoding.EncodeToString([]byte(value)),
		"base64 +1":  base64.StdEncoding.EncodeToString([]byte("x" + value + "tail")),
		"base64 +2":  base64.RawURLEncoding.EncodeToString([]byte("xy" + value + "t")),
		"basic auth": base64.StdEncoding.EncodeToString([]byte("user:" + value)),
		"hex":        hex.EncodeToString([]byte(value)),
		"shell":      "'" + strings.ReplaceAll(value, "'", `'\''`) + "'",
	}
}

func TestValuesAreHiddenInEveryForm(t *testing.T) {
	r := NewRedactor(testKey, known())
	for _, k := range known()[:2] {
		for how, text := range spellings(t, k.Value) {
			got := r.Text("before " + text + " after\n")
			if strings.Contains(got, text) || !strings.Contains(got, Mark(testKey, k.Name, k.Value)) {
				t.Errorf("%s as %s: %q", k.Name, how, got)
			}
			if !strings.HasPrefix(got, "before ") || !strings.HasSuffix(got, " after\n") {
				t.Errorf("%s as %s took what stands beside it: %q", k.Name, how, got)
			}
		}
	}
}

func TestPasswordOfAURLIsHiddenByItself(t *testing.T) {
	r := NewRedactor(testKey, known())
	for _, text := range []string{"p%40ss+w0rd/5", "p@ss+w0rd/5", "calm:p%40ss+w0rd/5"} {
		if got := r.Text("failed for " + text + "!"); strings.Contains(got, text) {
			t.Errorf("%q is in %q", text, got)
		}
	}
}

func TestMarksTellValuesApart(t *testing.T) {
	a, b := Mark(testKey, "X", "one"), Mark(testKey, "X", "two")
	if a == b || a != Mark(testKey, "X", "one") || a == Mark(Passing(), "X", "one") {
		t.Errorf("marks %s and %s", a, b)
	}
	if !strings.HasPrefix(a, "‹X#") || len([]rune(a)) != len("X")+7 {
		t.Errorf("mark %s", a)
	}
}

func TestShapesAreHidden(t *testing.T) {
	r := NewRedactor(testKey, nil)
	for text, hidden := range map[string]string{
		"GET https://bob:hunter22@example.org/x":                                             "hunter22",
		"Authorization: Bearer abcdef0123456789":                                             "abcdef0123456789",
		"authorization: basic dXNlcjpwYXNz":                                                  "dXNlcjpwYXNz",
		"https://hooks.slack.com/services/T000/B000/abcdefghij":                              "abcdefghij",
		"session eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0":       "dozjgNryP4J3jVmNHl0",
		"remote: ghp_0123456789012345678901234567890123":                                     "ghp_0123456789",
		"xoxb-1234567890-abcdefghij":                                                         "1234567890-abcdefghij",
		"AKIAIOSFODNN7EXAMPLE is used":                                                       "AKIAIOSFODNN7EXAMPLE",
		`"DB_PASSWORD": "correct horse"`:                                                     "correct",
		"DEEPSEEK_API_KEY=ds-99887766":                                                       "ds-99887766",
		"│ MONGODB_URI       │ mongodb://10.0.0.1/x":                                         "10.0.0.1",
		"password = 'hunter22'":                                                              "hunter22",
		private:                                                                              "q83nVYk2Xw0u5c6aQxkR",
		`{"key":"-----BEGIN RSA PRIVATE KEY-----\nMIIEvQIB\n-----END RSA PRIVATE KEY-----"}`: "MIIEvQIB",
	} {
		if got := r.Text(text); strings.Contains(got, hidden) {
			t.Errorf("%q is in %q", hidden, got)
		}
	}
}

func TestOrdinaryTextStays(t *testing.T) {
	r := NewRedactor(testKey, known())
	for _, text := range []string{
		"", "\n", "ok", "[PM2] Restarting glowglitch-app\n", "password: undefined", "token expired, ask for another",
		"tokens: 40000 of 128000", "const apiKey = process.env.DEEPSEEK_API_KEY", "PASSWORD=$DB_PASSWORD",
		"http://127.0.0.1:8080/api/health", "git@github.com:team/app.git", "https://example.org/@scope/package",
		"the secret: <your-secret>", "key cache: 12", "abc", "keys 'a:b'", "12:00:03 basic check passed",
	} {
		if got := r.Text(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestHolds(t *testing.T) {
	r := NewRedactor(testKey, known())
	if name, ok := r.Holds("mongosh " + uri + " --eval x"); !ok || name != "MONGODB_URI" {
		t.Errorf("%q, %v", name, ok)
	}
	if name, ok := r.Holds("mongosh $MONGODB_URI"); ok {
		t.Errorf("found %s", name)
	}
}

// TestKnownKeepsJSON because the journal's records pass through it.
func TestKnownKeepsJSON(t *testing.T) {
	r := NewRedactor(testKey, known())
	in, err := json.Marshal(map[string]string{"text": "said " + apiKey + " and " + uri, "more": private})
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]string
	if err := json.Unmarshal(r.Known(in), &out); err != nil {
		t.Fatal(err)
	}
	for _, v := range out {
		if name, found := r.Holds(v); found {
			t.Errorf("%s is in %q", name, v)
		}
	}
}

func TestEnvironment(t *testing.T) {
	var names []string
	for _, k := range Of([]string{
		"PATH=/bin", "DEEPSEEK_API_KEY=x-1234", "HOOK=https://a:b@c/", "MONGODB_URI=mongodb://h/d", "EMPTY_TOKEN=", "SITE=https://c/", "odd",
		"MONGO_DB=aurora", "SORT_KEY=createdAt", "TOKEN_TTL=3600000", "PRIVATE_MODE=enabled", "NEXT_PUBLIC_MAP_KEY=pk.abc123",
		"SLACK_WEBHOOK=https://hooks.slack.com/services/T/B/x", "MONGO_URL=mongodb://a:b@h/d", "ADMIN_PASSWORD=correcthorsebatterystaple",
	}) {
		names = append(names, k.Name)
	}
	if want := "DEEPSEEK_API_KEY HOOK SLACK_WEBHOOK MONGO_URL ADMIN_PASSWORD"; strings.Join(names, " ") != want {
		t.Errorf("%s, want %s", names, want)
	}
}

// TestWhatIsSaidBitByBitIsSeen because a person waits for it: a line is not held back to its end
// where it can hold no value.
func TestWhatIsSaidBitByBitIsSeen(t *testing.T) {
	var out strings.Builder
	w := NewRedactor(testKey, known()).Writer(&out)
	for _, step := range []struct{ said, seen string }{
		{"waiting for ", "waiting for "},
		{"pm2 mongo", "pm2 "},
		{"db is up ", "mongodb is up "},
		{"with password: ", ""},
		{"hunter22 and ", ""},
		{"more\n", "with password: " + Mark(testKey, "password", "hunter22") + " and more\n"},
	} {
		out.Reset()
		if _, err := w.Write([]byte(step.said)); err != nil || out.String() != step.seen {
			t.Errorf("after %q: %q, %v; want %q", step.said, out.String(), err, step.seen)
		}
	}
}

// FuzzWriter cuts a text at any places and looks for the values in what comes out.
func FuzzWriter(f *testing.F) {
	f.Add("before ", " after\n", uint16(0), []byte{3, 1, 9}, false)
	f.Add("x", "", uint16(longestLine-10), []byte{1}, true)
	f.Add("word ", uri, uint16(longestLine/3), []byte{200}, true)
	f.Add("a\nb", "\x00‹", uint16(0), []byte{0}, false)
	f.Fuzz(func(t *testing.T, before, after string, times uint16, cuts []byte, secondary bool) {
		// A long line is made here: the fuzzer is slow with long inputs.
		before += strings.Repeat(before, min(int(times), 2*longestLine/max(len(before), 1)))
		r := NewRedactor(testKey, known())
		if _, had := r.Holds(before + after); had {
			return // the text around has one by itself
		}
		value := uri
		if secondary {
			value = apiKey
		}
		text := before + value + after
		var out bytes.Buffer
		w := r.Writer(&out)
		for i := 0; text != ""; i++ {
			n := len(text)
			if len(cuts) > 0 {
				n = min(n, int(cuts[i%len(cuts)])*int(cuts[i%len(cuts)])+1)
			}
			if k, err := w.Write([]byte(text[:n])); k != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", k, n, err)
			}
			text = text[n:]
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), value) {
			t.Fatalf("%q came through", value)
		}
	})
}

func BenchmarkFlood(b *testing.B) {
	r := NewRedactor(testKey, known())
	line := []byte(strings.Repeat("2026-11-23T03:07:11Z products: timed out while checking out a connection\n", 400))
	w := r.Writer(&bytes.Buffer{})
	w.to = discard{}
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		_, _ = w.Write(line)
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error)       { return len(p), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }
