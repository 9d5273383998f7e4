package logs

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		signature, line string
		want            bool
	}{
		{"MongoPoolClearedError", "x mongopoolclearederror: y", true},
		{"Connection timeout", "connection timeout", true},
		{"Connection timeout", "MongoNetworkTimeoutError: connection 5 to 127.0.0.1:27017 timed out", true},
		{"Connection timeout", "connection refused", false},
		{`"JavaScript heap out of memory"`, "FATAL ERROR: … JavaScript heap out of memory", true},
		{"JavaScript heap out of memory", "memory of JavaScript ran out of heap", false},
		{"No products found", "found 12 products, no more", false},
		{"No products found", `{"message":"No products found"}`, true},
		{"429 DeepSeek", "deepseek: HTTP 429", true},
		{"429 DeepSeek", "deepseek answered in 1429 ms", false},
		{"429 errors from DeepSeek", "errors: from deepseek came 429", true},
		{"429", "status=429,", true},
		{"429", "1795442900123", false},
		{"a b", "a b", true},
		{"", "anything", false},
	} {
		m := newMatcher([]string{"other", c.signature}, nil)
		if got := slices.Contains(m.line([]byte(c.line), nil).sigs, 1); got != c.want {
			t.Errorf("%q in %q: %v", c.signature, c.line, got)
		}
	}
}

// TestAutomaton compares it with looking for each string alone.
func TestAutomaton(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abAB "[rng.IntN(5)]
		}
		return string(b)
	}
	for range 500 {
		var words []string
		for range 1 + rng.IntN(8) {
			words = append(words, strings.ToLower(random(1+rng.IntN(5))))
		}
		a := newAutomaton(words)
		line := random(rng.IntN(40))
		found := newSet(len(words))
		a.find([]byte(line), found)
		for i, w := range words {
			if got, want := found.has(uint16(i)), strings.Contains(strings.ToLower(line), w); got != want {
				t.Fatalf("%q in %q among %q: %v", w, line, words, got)
			}
		}
	}
}

func TestStamp(t *testing.T) {
	utc := time.Date(2026, 11, 23, 3, 2, 10, 0, time.UTC)
	local := time.Date(2026, 11, 23, 3, 2, 10, 0, time.Local)
	for line, want := range map[string]time.Time{
		"2026-11-23T03:02:10.123Z ERROR x":                                      utc,
		"2026-11-23T05:02:10+02:00: x":                                          utc,
		"2026-11-23 03:02:10 +00:00: x":                                         utc,
		"2026-11-23 03:02:10 x":                                                 local,
		"2026/11/23 03:02:10 [error] 7#7: x":                                    local,
		"[2026-11-23T03:02:10Z] x":                                              utc,
		"0|app | 2026-11-23T03:02:10Z: x":                                       utc,
		`{"level":50,"time":1795402930000,"msg":"x"}`:                           utc,
		`{"type":"metric","timestamp":"2026-11-23T03:02:10.000Z"}`:              utc,
		`{"t":{"$date":"2026-11-23T03:02:10.001+00:00"},"s":"I","c":"NETWORK"}`: utc,
	} {
		if got, ok := stamp([]byte(line)); !ok || !got.Equal(want) {
			t.Errorf("%s: %v, %v; want %v", line, got, ok, want)
		}
	}
	for _, line := range []string{"", "x", "{", `{"time":"soon"}`, "2026-13-23T03:02:10Z", "2026-11-23", "12345: 2026", `{"msg":"2026-11-23T03:02:10Z"}`} {
		if got, ok := stamp([]byte(line)); ok {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func FuzzLine(f *testing.F) {
	f.Add([]byte("2026-11-23T03:02:10.123Z ERROR DeepSeek 429"))
	f.Add([]byte(`{"t":{"$date":"2026-11-23T03:02:10.001+00:00"},"s":"E"}`))
	f.Add([]byte("\x1b[31m\xff\u202e"))
	m := newMatcher([]string{"MongoPoolClearedError", "429 DeepSeek"}, []string{"DeepSeek"})
	f.Fuzz(func(t *testing.T, line []byte) {
		stamp(line)
		m.line(line, nil)
		for _, r := range clean(line, false) {
			if r < ' ' || r == 0x7f {
				t.Fatalf("%q is left", r)
			}
		}
	})
}
